import { mostUnderApproval } from '../../model/approval';
import type { Answer, Command, Order } from '../../model/command';
import {
  type ClusterState,
  type EndedRun,
  jsonBytes,
  newCluster,
  taskOf as taskIn,
  type Waiting,
  withTask,
} from '../../model/cluster-state';
import { decide } from '../../model/decide';
import { ended, nextRun, started } from '../../model/queue';
import type { ClusterFacts, RunResult } from '../../model/run';
import { maxStateBytes, maxTaskBytes, productSettings } from '../../model/settings';
import type { BackupTask, ChosenSet, RestorationTask, Task } from '../../model/task';

const now = Date.UTC(2026, 10, 22, 17, 15, 0);

const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster', 'ns2'] } },
  localBackupHosts: ['node1', 'node2'],
  hosts: ['node1', 'node2', 'node3'],
  settings: productSettings,
};

function backupTask(name: string, more: Partial<BackupTask> = {}): BackupTask {
  const source = {
    source: 'nameNode' as const,
    entry: { source: 'nameNode' } as never,
    copies: 24,
    target: { kind: 'localDir' as const },
  };
  return { kind: 'backup', name, cluster: '1', mode: 'manual', sources: [source], ...more };
}

function chosen(part: string, productVersion = '3.3.0'): ChosenSet {
  const name = `1/nn_20261122170000/${productVersion}_NameNode_20261122171500`;
  return {
    target: { kind: 'localDir' },
    name,
    source: 'nameNode',
    part,
    label: '20261122171500',
    cluster: '1',
    productVersion,
  };
}

let keys = 0;

function tell(
  state: ClusterState,
  order: Order,
  at = now,
  key = `k${(keys += 1)}`,
): { state: ClusterState; answer: Answer; cancelRun?: boolean } {
  const command: Command = { key, at, replyTo: 'request/1/x', order };
  return decide(state, command, now);
}

function put(state: ClusterState, task: Task): ClusterState {
  const decision = tell(state, { do: 'putTask', task });
  expect(decision.answer).toMatchObject({ accepted: true });
  return decision.state;
}

function start(state: ClusterState, task: string): Answer {
  return tell(state, { do: 'start', task, trigger: 'manual' }).answer;
}

/** A task of exactly so many bytes: the name of its NameService fills it up. */
function taskOf(bytes: number, name: string): BackupTask {
  return taskOn('x'.repeat(bytes - jsonBytes(taskOn('', name))), name);
}

function taskOn(nameService: string, name: string): BackupTask {
  const [source] = backupTask(name).sources;
  const entry = { source: 'nameNode', nameServices: [nameService] } as never;
  return backupTask(name, { sources: [{ ...source!, entry }] });
}

function result(state: ClusterState, outcome: RunResult['outcome']): RunResult {
  const { kind, key, task, label, trigger } = state.running!;
  return {
    kind,
    key,
    task,
    label,
    trigger,
    outcome,
    begin: now,
    end: now + 3_599_000,
    parts: [{ source: 'nameNode', part: 'hacluster', outcome, bytes: 21_474_836_480, files: 9 }],
    reason: 'because of this and that, '.repeat(12),
  };
}

/** The task's next run from its start to its end, an hour later. */
function run(state: ClusterState, task: string, outcome: RunResult['outcome'], at = now): ClusterState {
  const waiting = { ...state, queue: [{ key: `r${(keys += 1)}`, task, trigger: 'manual' as const }] };
  const going = started(waiting, nextRun(waiting, at)!, '01a2046d-1ae8-70ae-a405-10b91fa8f4ca', at);
  return ended(going, { status: 'completed', result: result(going, outcome) }, at + 3_599_000);
}

describe('the state that the cluster workflow carries', () => {
  test('with 200 tasks at their largest, ten runs each, a full queue and full lists it has at most 512 KiB', () => {
    const name = (index: number) => `${'a-name-of-sixty-four-characters-'.repeat(2).slice(0, 60)}-${100 + index}`;
    const names = Array.from({ length: 200 }, (_, index) => name(index));
    const entry = taskOf(maxTaskBytes, names[0]!).sources[0]!.entry as { nameServices: string[] };
    const settings = { ...productSettings, tasksOfAKind: 200 };
    let state = newCluster({ ...facts, services: { nameNode: entry }, settings });
    for (const name of names) state = put(state, taskOf(maxTaskBytes, name));
    for (const name of names)
      for (let time = 0; time < 12; time += 1)
        state = run(state, name, time === 0 ? 'Successful' : 'Failed', now + time * 4_000_000);
    state = names.slice(0, 100).reduce((so, one) => asPeriodicAsCanBe(so, one), state);
    for (const name of names)
      state = tell(state, { do: 'start', task: name, trigger: 'manual' }, now, 'k'.repeat(90) + name.slice(-3)).state;
    const owner = `restoration ${names[0]} 20261122171500 of cluster ${'c'.repeat(32)}`;
    state = { ...state, queue: state.queue.map(asApprovedAsCanBe), paused: { owner, until: now } };
    state = { ...state, ended: state.ended.map(asLongAsCanBe) };
    for (let hold = 0; hold < 60; hold += 1)
      state = tell(state, { do: 'hold', sets: [chosen('hacluster').name], seconds: 60 }).state;
    expect(state.queue).toHaveLength(200);
    expect(state.alarms).toHaveLength(100);
    expect(Object.values(state.tasks).every((task) => task.runs.length === 10 && task.lastSuccess)).toBeTruthy();
    expect(state.tasks[names[0]!]!.notRun).toHaveLength(3);
    expect(jsonBytes(state)).toBeLessThanOrEqual(maxStateBytes);
  });

  test('a task that is too large, and one that would make the state too large, are refused', () => {
    const state = newCluster(facts);
    expect(tell(state, { do: 'putTask', task: taskOf(maxTaskBytes + 1, 'large') }).answer).toMatchObject({
      refusal: 'tooLarge',
    });
    const full = {
      ...state,
      alarms: [{ id: '12035' as const, task: 'x', raised: now, text: 'x'.repeat(maxStateBytes) }],
    };
    const refused = tell(full, { do: 'putTask', task: backupTask('one') });
    expect(refused.answer).toMatchObject({ refusal: 'limit' });
    expect(refused.state.tasks).toEqual({});
  });
});

describe('a task that is put by who has looked what is there', () => {
  const seen = backupTask('nn');
  const state = put(newCluster(facts), seen);
  const wanted = backupTask('nn', { sources: [{ ...seen.sources[0]!, copies: 3 }] });
  const answerOf = (state: ClusterState, instead: Task | null) =>
    tell(state, { do: 'putTask', task: wanted, instead }).answer;

  test('as new is made, and refused where one of its name is', () => {
    expect(answerOf(newCluster(facts), null)).toMatchObject({ accepted: true, did: 'created' });
    const refused = tell(state, { do: 'putTask', task: wanted, instead: null });
    expect(refused.answer).toMatchObject({ refusal: 'inUse', message: expect.stringContaining('already') as string });
    expect(refused.state.tasks).toEqual(state.tasks);
  });

  test('as another is changed, and refused where it was changed or deleted since', () => {
    expect(answerOf(state, seen)).toMatchObject({ accepted: true, did: 'changed' });
    const changed = put(state, backupTask('nn', { sources: [{ ...seen.sources[0]!, copies: 9 }] }));
    for (const since of [changed, newCluster(facts)]) expect(answerOf(since, seen)).toMatchObject({ refusal: 'inUse' });
  });
});

describe('a start', () => {
  test('of a task that waits or runs is refused', () => {
    const waiting = tell(put(newCluster(facts), backupTask('nn')), {
      do: 'start',
      task: 'nn',
      trigger: 'manual',
    }).state;
    expect(start(waiting, 'nn')).toMatchObject({ refusal: 'alreadyRunning' });
    const going = started(waiting, nextRun(waiting, now)!, 'run', now);
    expect(start(going, 'nn')).toMatchObject({ refusal: 'alreadyRunning' });
  });

  test('is admitted while one runs and 198 wait, and refused when 199 wait', () => {
    const one = put(newCluster(facts), backupTask('nn'));
    const going = {
      ...one,
      running: {
        kind: 'backup' as const,
        key: 'r',
        task: 'other',
        label: '20261122171500',
        trigger: 'manual' as const,
        since: now,
      },
    };
    const waiting = (count: number) => ({
      ...going,
      queue: Array.from({ length: count }, (_, index) => ({
        key: `q${index}`,
        task: `t${index}`,
        trigger: 'manual' as const,
      })),
    });
    expect(start(waiting(198), 'nn')).toMatchObject({ accepted: true, did: 'waiting', position: 199 });
    expect(start(waiting(199), 'nn')).toMatchObject({ refusal: 'queueFull' });
  });

  test('of a restoration is possible when Ready, Failed or Stopped, and never again after it was Successful', () => {
    const ready = put(newCluster(facts), {
      kind: 'restoration',
      name: 'back',
      cluster: '1',
      sets: [chosen('hacluster')],
    });
    const failed = run(ready, 'back', 'Failed');
    const stopped = run(failed, 'back', 'Stopped', now + 10_000_000);
    const successful = run(stopped, 'back', 'Successful', now + 20_000_000);
    expect(successful.tasks['back']!.status).toBe('Successful');
    expect(start(successful, 'back')).toMatchObject({ refusal: 'notStartable' });
  });

  test('of a backup is possible after every end', () => {
    let state = put(newCluster(facts), backupTask('nn'));
    for (const outcome of ['Successful', 'Failed', 'Stopped', 'Successful'] as const) state = run(state, 'nn', outcome);
    expect(state.tasks['nn']!.runs).toHaveLength(4);
  });

  test('of a task that nobody knows is refused with where to look', () => {
    expect(start(newCluster(facts), 'what')).toMatchObject({
      refusal: 'unknownTask',
      message: expect.stringContaining('HINT') as string,
    });
  });
});

describe('a command', () => {
  test('that is older than 120 s changes nothing', () => {
    const state = put(newCluster(facts), backupTask('nn'));
    const decision = tell(state, { do: 'start', task: 'nn', trigger: 'manual' }, now - 121_000);
    expect(decision.answer).toMatchObject({ refusal: 'tooOld' });
    expect(decision.state.queue).toEqual([]);
    expect(tell(state, { do: 'start', task: 'nn', trigger: 'manual' }, now - 119_000).answer).toMatchObject({
      accepted: true,
    });
  });

  test('with a known key gets the answer from before, however old it is, and changes nothing', () => {
    const state = put(newCluster(facts), backupTask('nn'));
    const first = tell(state, { do: 'start', task: 'nn', trigger: 'manual' }, now, 'same');
    const second = tell(first.state, { do: 'deleteTask', task: 'nn' }, now - 500_000, 'same');
    expect(second.answer).toEqual(first.answer);
    expect(second.state).toEqual(first.state);
  });
});

describe('a task', () => {
  test.each([
    [
      'a target that the product does not allow',
      backupTask('a', { sources: [{ ...backupTask('a').sources[0]!, target: { kind: 'localHdfs' } as never }] }),
      /cannot go to localHdfs/,
    ],
    [
      'a NameService that the cluster does not have',
      backupTask('a', {
        sources: [{ ...backupTask('a').sources[0]!, entry: { source: 'nameNode', nameServices: ['ns9'] } as never }],
      }),
      /no NameService "ns9"/,
    ],
    [
      'a source twice',
      backupTask('a', { sources: [backupTask('a').sources[0]!, backupTask('a').sources[0]!] }),
      /stands twice/,
    ],
    [
      'a set of another product version',
      { kind: 'restoration', name: 'a', cluster: '1', sets: [chosen('hacluster', '3.2.0')] } satisfies RestorationTask,
      /product version 3.2.0/,
    ],
    [
      'two sets for one NameService',
      { kind: 'restoration', name: 'a', cluster: '1', sets: [chosen('ns2'), chosen('ns2')] } satisfies RestorationTask,
      /two sets/,
    ],
  ])('with %s is refused with the reason', (_what, task, reason) => {
    const { answer } = tell(newCluster(facts), { do: 'putTask', task });
    expect(answer).toMatchObject({ refusal: 'invalid', message: expect.stringMatching(reason) as string });
  });

  test.each(['HDFS', 'HBase', 'Hive', 'IoTDB', 'ClickHouse'])(
    'is not made under a name that ends as folders of service data do, with %s',
    (label) => {
      const named = (name: string) => tell(newCluster(facts), { do: 'putTask', task: backupTask(name) }).answer;
      for (const name of [`nightly_${label}`, `a_b_${label}`]) {
        const message = expect.stringContaining(`"${name}" ends with "_${label}"`) as string;
        expect(named(name)).toMatchObject({ refusal: 'invalid', message });
      }
      for (const name of [label, `nightly-${label}`, `${label}_nightly`, `nightly_${label}_2`])
        expect(named(name)).toMatchObject({ accepted: true });
      put(newCluster(facts), {
        kind: 'restoration',
        name: `back_${label}`,
        cluster: '1',
        sets: [chosen('hacluster')],
      });
    },
  );

  test('that has such a name from older times can be changed', () => {
    const state = put(newCluster(facts), backupTask('nightly'));
    const { nightly } = state.tasks as { nightly: ClusterState['tasks'][string] };
    const old = { ...state, tasks: { a_HDFS: { ...nightly, spec: backupTask('a_HDFS') } } };
    const [source] = backupTask('a_HDFS').sources;
    const changed = backupTask('a_HDFS', { sources: [{ ...source!, copies: 3 }] });
    expect(tell(old, { do: 'putTask', task: changed }).answer).toMatchObject({ accepted: true, did: 'changed' });
  });

  test('with a set of another version is taken when its maker insists', () => {
    put(newCluster(facts), {
      kind: 'restoration',
      name: 'a',
      cluster: '1',
      sets: [chosen('hacluster', '3.2.0')],
      anyVersion: true,
    });
  });

  test('applied again unchanged says so; a restoration cannot be changed; a name belongs to one kind', () => {
    const state = put(put(newCluster(facts), backupTask('nn')), {
      kind: 'restoration',
      name: 'back',
      cluster: '1',
      sets: [chosen('hacluster')],
    });
    expect(tell(state, { do: 'putTask', task: backupTask('nn') }).answer).toMatchObject({ did: 'unchanged' });
    expect(
      tell(state, { do: 'putTask', task: { kind: 'restoration', name: 'back', cluster: '1', sets: [chosen('ns2')] } })
        .answer,
    ).toMatchObject({ refusal: 'invalid' });
    expect(tell(state, { do: 'putTask', task: backupTask('back') }).answer).toMatchObject({ refusal: 'invalid' });
  });

  test('above the hundredth of its kind is refused', () => {
    let state = newCluster(facts);
    for (let index = 0; index < 100; index += 1) state = put(state, backupTask(`t${index}`));
    expect(tell(state, { do: 'putTask', task: backupTask('one-more') }).answer).toMatchObject({ refusal: 'limit' });
    put(state, { kind: 'restoration', name: 'back', cluster: '1', sets: [chosen('hacluster')] });
  });

  test('is deleted only when it neither waits nor runs', () => {
    const state = put(newCluster(facts), backupTask('nn'));
    const waiting = tell(state, { do: 'start', task: 'nn', trigger: 'manual' }).state;
    expect(tell(waiting, { do: 'deleteTask', task: 'nn' }).answer).toMatchObject({ refusal: 'inUse' });
    expect(tell(state, { do: 'deleteTask', task: 'nn' }).state.tasks).toEqual({});
  });
});

test('retention may remove every set but those that a reader holds, until the hold is over', () => {
  const held = tell(newCluster(facts), { do: 'hold', sets: ['a', 'b'], seconds: 60 }, now, 'h1').state;
  expect(tell(held, { do: 'prune', sets: ['a', 'c'] }).answer).toMatchObject({ sets: ['c'] });
  const released = tell(held, { do: 'release', hold: 'h1' }).state;
  expect(tell(released, { do: 'prune', sets: ['a', 'c'] }).answer).toMatchObject({ sets: ['a', 'c'] });
  const later = decide(
    held,
    { key: 'p', at: now + 61_000, replyTo: 'x', order: { do: 'prune', sets: ['a'] } },
    now + 61_000,
  );
  expect(later.answer).toMatchObject({ sets: ['a'] });
});

test('labels of a task always rise, also when the clock goes back', () => {
  let state = put(newCluster(facts), backupTask('nn'));
  const labels: string[] = [];
  for (const at of [now, now, now - 3_600_000, now + 5000]) {
    state = run(state, 'nn', 'Successful', at);
    labels.push(state.tasks['nn']!.lastLabel!);
  }
  expect([...labels].sort()).toEqual(labels);
  expect(new Set(labels).size).toBe(4);
});

test('stopping a waiting task takes it out of the queue, stopping the running one cancels its run', () => {
  const state = put(put(newCluster(facts), backupTask('a')), backupTask('b'));
  const both = tell(tell(state, { do: 'start', task: 'a', trigger: 'manual' }).state, {
    do: 'start',
    task: 'b',
    trigger: 'manual',
  }).state;
  const going = started(both, nextRun(both, now)!, 'run', now);
  const stopped = tell(going, { do: 'stop', task: 'b' });
  expect(stopped.state.tasks['b']!.status).toBe('Stopped');
  expect(stopped.state.queue).toEqual([]);
  expect(stopped.cancelRun).toBeUndefined();
  expect(tell(going, { do: 'stop', task: 'a' }).cancelRun).toBe(true);
  expect(tell(state, { do: 'stop', task: 'a' }).answer).toMatchObject({ refusal: 'notRunning' });
});

/** As many as may be wait approved, with long names. One that awaits approval takes less than that. */
function asApprovedAsCanBe(waiting: Waiting, place: number): Waiting {
  const approval = { askedBy: 'a'.repeat(64), approvedBy: 'b'.repeat(64), approved: now };
  return place < mostUnderApproval ? { ...waiting, approval } : waiting;
}

/** Stopped while it waited, for the longest reason. */
function asLongAsCanBe({ runId: _none, ...run }: EndedRun): EndedRun {
  return { ...run, outcome: 'Stopped', reason: 'stopped while it waited: the task was locked' };
}

/** With an alarm, locked with a long reason, and as many planned times without a run as are kept. */
function asPeriodicAsCanBe(state: ClusterState, name: string): ClusterState {
  const { spec } = taskIn(state, name)!;
  const period = { started: now, seconds: 3600 };
  const periodic = { ...spec, mode: 'periodic', period } as BackupTask;
  const free = withTask(state, name, { spec: periodic, plannedUpTo: now - 1000 });
  const asked = Array.from({ length: 12 }, (_, hour) => hour).reduce((so, hour) => {
    const order: Order = { do: 'trigger', task: name, planned: now + hour * 2 * 3_600_000 };
    return decide(so, { key: '', at: now, replyTo: 'r', order }, now + hour * 2 * 3_600_000 + 200_000).state;
  }, free);
  const order: Order = { do: 'lock', task: name, reason: 'r'.repeat(300) };
  return tell(asked, order).state;
}
