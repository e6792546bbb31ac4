import { mostUnderApproval, expiresIn, dropExpired } from '../../model/approval';
import { type ClusterState, jsonBytes, newCluster, taskOf } from '../../model/cluster-state';
import type { Answer, Order } from '../../model/command';
import { decide } from '../../model/decide';
import { ended, found, nextRun, started } from '../../model/queue';
import type { ClusterFacts, RunIdentity } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { Task } from '../../model/task';
import { randomFrom, tellSeed } from '../kit/seed';

const begin = Date.UTC(2026, 10, 22, 17, 15, 0);
const hour = 3_600_000;

const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
  approval: { hours: 24 },
};

function restoration(name: string): Task {
  const set = {
    target: { kind: 'localDir' as const },
    name: '1/nn_20261122170000/3.3.0_NameNode_20261122171500',
    source: 'nameNode' as const,
    part: 'hacluster',
    label: '20261122171500',
    cluster: '1',
    productVersion: '3.3.0',
  };
  return { kind: 'restoration', name, cluster: '1', sets: [set] };
}

function backup(name: string): Task {
  const source = {
    source: 'nameNode',
    entry: { source: 'nameNode' },
    copies: 2,
    target: { kind: 'localDir' },
  } as const;
  return { kind: 'backup', name, cluster: '1', mode: 'manual', sources: [source] };
}

/** A cluster that is told one thing after the other. */
class Told {
  now = begin;
  private keys = 0;

  constructor(public state: ClusterState) {}

  tell(order: Order, key = `k${(this.keys += 1)}`): Answer {
    const decision = decide(this.state, { key, at: this.now, replyTo: 'r', order }, this.now);
    this.state = decision.state;
    return decision.answer;
  }

  put(...tasks: Task[]): this {
    for (const task of tasks) expect(this.tell({ do: 'putTask', task })).toMatchObject({ accepted: true });
    return this;
  }

  start(task: string, by?: string, key?: string): Answer {
    return this.tell({ do: 'start', task, trigger: 'manual', ...(by !== undefined && { by }) }, key);
  }

  approve(task: string, by: string, asked: string): Answer {
    return this.tell({ do: 'approve', task, asked, by });
  }

  startNext(): RunIdentity {
    const run = nextRun(this.state, this.now)!;
    this.state = started(this.state, run, 'run', this.now);
    return run;
  }

  end(): void {
    this.state = ended(this.state, { status: 'cancelled' }, this.now);
  }

  task(name: string) {
    return taskOf(this.state, name)!;
  }
}

const cluster = (more: Partial<ClusterFacts> = {}) => new Told(newCluster({ ...facts, ...more }));
const message = (text: string) => expect.stringContaining(text) as string;

describe('where a second person must approve', () => {
  test('a start is kept, not enqueued, and holds no place: other tasks start meanwhile', () => {
    const told = cluster().put(restoration('back'), backup('nn'));
    const until = begin + 24 * hour;
    expect(told.start('back', 'anna', 'a')).toEqual({ accepted: true, did: 'awaits approval', until });
    expect(told.task('back')).toMatchObject({ status: 'Ready', awaits: { key: 'a', by: 'anna', since: begin, until } });
    expect(told.state.queue).toEqual([]);
    expect(told.start('nn')).toMatchObject({ did: 'started', position: 0 });
  });

  test('backups start as ever, and restorations where the cluster wants no approval', () => {
    const { approval: _none, ...without } = facts;
    const told = new Told(newCluster(without)).put(restoration('back'));
    expect(told.start('back')).toMatchObject({ did: 'started' });
  });

  test('who asks must be known by a name that somebody can have', () => {
    const told = cluster().put(restoration('back'));
    for (const by of [undefined, '', '-x', 'a b', 'x'.repeat(65), 'a\nb'])
      expect(told.start('back', by)).toMatchObject({ refusal: 'invalid', message: message('HINT: --as') });
    expect(told.task('back').awaits).toBeUndefined();
  });

  test('asked for twice it is refused, with who asked first; the same key gets the same answer', () => {
    const told = cluster().put(restoration('back'));
    const first = told.start('back', 'anna', 'a');
    expect(told.start('back', 'bert')).toMatchObject({
      refusal: 'alreadyRunning',
      message: message('anna asked for it'),
    });
    expect(told.start('back', 'anna', 'a')).toEqual(first);
  });

  test(`at most ${mostUnderApproval} are on their way`, () => {
    const names = Array.from({ length: mostUnderApproval + 1 }, (_, index) => `back-${index}`);
    const told = cluster().put(...names.map(restoration));
    for (const name of names.slice(1)) expect(told.start(name, 'anna', name)).toMatchObject({ accepted: true });
    expect(told.approve('back-1', 'bert', 'back-1')).toMatchObject({ accepted: true });
    expect(told.start(names[0]!, 'anna')).toMatchObject({ refusal: 'limit' });
    told.startNext();
    expect(told.start(names[0]!, 'anna')).toMatchObject({ accepted: true });
  });
});

describe('an approval', () => {
  test('gives it a place in the queue under the key that it was asked for with, and the run knows both people', () => {
    const told = cluster().put(restoration('back'), backup('nn'));
    told.start('back', 'anna', 'a');
    told.start('nn');
    told.now += hour;
    expect(told.approve('back', 'bert', 'a')).toMatchObject({ accepted: true, did: 'waiting', position: 1 });
    expect(told.task('back')).toMatchObject({ status: 'Waiting' });
    expect(told.task('back').awaits).toBeUndefined();
    told.startNext();
    told.end();
    expect(told.startNext()).toMatchObject({
      key: 'a',
      task: 'back',
      trigger: 'manual',
      approval: { askedBy: 'anna', approvedBy: 'bert', approved: begin + hour },
    });
  });

  test.each(['anna', 'ANNA', 'Anna'])('by %s, who asked, is refused, and the request stands', (by) => {
    const told = cluster().put(restoration('back'));
    told.start('back', 'anna', 'a');
    expect(told.approve('back', by, 'a')).toMatchObject({ refusal: 'samePerson', message: message('anna asked') });
    expect(told.task('back').awaits).toMatchObject({ key: 'a' });
    expect(told.state.queue).toEqual([]);
  });

  test('by nobody that can be named is refused', () => {
    const told = cluster().put(restoration('back'));
    told.start('back', 'anna', 'a');
    expect(told.approve('back', 'a\u202eb', 'a')).toMatchObject({ refusal: 'invalid' });
  });

  test('of what nobody asked for is refused', () => {
    const told = cluster().put(restoration('back'));
    expect(told.approve('back', 'bert', 'a')).toMatchObject({
      refusal: 'notAwaited',
      message: message('restoration start'),
    });
    expect(told.approve('what', 'bert', 'a')).toMatchObject({ refusal: 'unknownTask' });
  });

  test('is of the request that was looked at: not of a later one, nor of a later task of that name', () => {
    const told = cluster().put(restoration('back'));
    told.start('back', 'anna', 'a');
    told.tell({ do: 'deleteTask', task: 'back' });
    told.put(restoration('back'));
    told.start('back', 'anna', 'b');
    expect(told.approve('back', 'bert', 'a')).toMatchObject({ refusal: 'notAwaited', message: message('anew') });
    expect(told.state.queue).toEqual([]);
  });

  test('where the queue is full is refused, and the request stays for another try', () => {
    const told = cluster({ settings: { ...productSettings, waitingTasks: 1 } });
    told.put(restoration('back'), backup('one'), backup('two'));
    told.start('back', 'anna', 'a');
    told.start('one');
    told.start('two');
    expect(told.approve('back', 'bert', 'a')).toMatchObject({ refusal: 'queueFull' });
    expect(told.task('back')).toMatchObject({ status: 'Ready', awaits: { key: 'a' } });
    told.startNext();
    told.end();
    expect(told.approve('back', 'bert', 'a')).toMatchObject({ accepted: true });
  });

  test('holds also when the cluster wants none any more', () => {
    const told = cluster().put(restoration('back'));
    told.start('back', 'anna', 'a');
    const { approval: _none, ...without } = told.state.cluster;
    told.state = { ...told.state, cluster: without };
    expect(told.start('back', 'anna')).toMatchObject({ refusal: 'alreadyRunning' });
    expect(told.approve('back', 'bert', 'a')).toMatchObject({ accepted: true });
  });
});

describe('a request ends', () => {
  function asked(): Told {
    const told = cluster().put(restoration('back'));
    told.start('back', 'anna', 'a');
    return told;
  }
  const end = expect.objectContaining({ key: 'a', task: 'back', kind: 'restoration', outcome: 'Stopped' }) as unknown;

  test('when nobody approved it in time: by the clock alone, and before anything is decided', () => {
    const told = asked();
    expect(expiresIn(told.state, begin + hour)).toBe(23 * hour);
    expect(dropExpired(told.state, begin + 24 * hour - 1)).toBe(told.state);
    const dropped = dropExpired(told.state, begin + 24 * hour);
    expect(taskOf(dropped, 'back')).toMatchObject({ status: 'Stopped', reason: 'nobody approved it within 24 h' });
    expect(dropped.ended).toContainEqual(end);
    expect(expiresIn(dropped, begin)).toBeUndefined();
    told.now += 24 * hour;
    expect(told.approve('back', 'bert', 'a')).toMatchObject({
      refusal: 'notAwaited',
      message: message('nobody approved it within 24 h'),
    });
    expect(told.start('back', 'anna', 'b')).toMatchObject({ did: 'awaits approval' });
  });

  test('when somebody rejects it, with who and why', () => {
    const told = asked();
    const reject = { do: 'reject', task: 'back', asked: 'a', by: 'bert', reason: 'not on a Friday' } as const;
    expect(told.tell(reject)).toEqual({ accepted: true, did: 'rejected' });
    expect(told.task('back')).toMatchObject({ status: 'Stopped', reason: 'rejected by bert: not on a Friday' });
    expect(told.state.ended).toContainEqual(end);
    expect(told.tell(reject)).toMatchObject({ refusal: 'notAwaited', message: message('rejected by bert') });
  });

  test('when it is stopped, or its task is deleted', () => {
    const stopped = asked();
    expect(stopped.tell({ do: 'stop', task: 'back' })).toEqual({ accepted: true, did: 'withdrawn' });
    expect(stopped.task('back')).toMatchObject({ status: 'Stopped', reason: 'withdrawn while it awaited approval' });
    const deleted = asked();
    expect(deleted.tell({ do: 'deleteTask', task: 'back' })).toMatchObject({ accepted: true });
    expect(deleted.state.tasks).toEqual({});
    for (const { state } of [stopped, deleted]) expect(state.ended).toContainEqual(end);
  });

  test('when its run turns out to go on already, in a state that has not heard of the approval', () => {
    const told = asked();
    const before = told.state;
    told.approve('back', 'bert', 'a');
    const run = told.startNext();
    const after = ended(found(before, begin), { status: 'failed', identity: run }, begin + hour);
    expect(taskOf(after, 'back')).toMatchObject({ status: 'Failed' });
    expect(taskOf(after, 'back')!.awaits).toBeUndefined();
  });
});

test('what awaits approval takes no more of the state than what waits approved', () => {
  const [name, one, other] = ['n', 'a', 'b'].map((letter) => letter.repeat(64)) as [string, string, string];
  const told = cluster().put(restoration(name));
  told.start(name, one, 'k'.repeat(100));
  const awaiting = jsonBytes(told.state.tasks);
  told.approve(name, other, 'k'.repeat(100));
  expect(awaiting).toBeLessThan(jsonBytes(told.state.tasks) + jsonBytes(told.state.queue));
});

test('in 1,000 histories by chance nothing runs that was not asked for and approved by two, in time, for this request', () => {
  const seed = tellSeed();
  let runs = 0;
  for (let number = 0; number < 1000; number += 1) runs += expectTwo(randomFrom(seed + number * 7919));
  expect(runs).toBeGreaterThan(200);
});

/** Looks of each run, from the orders alone, who stood behind it; gives how many ran. */
function expectTwo(random: () => number): number {
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const told = cluster().put(restoration('x'), restoration('y'));
  const askedFor = new Map<string, { task: string; by: string; at: number }>();
  const approved = new Map<string, string>();
  const closed = new Set<string>();
  let runs = 0;
  for (let step = 0; step < 30; step += 1) {
    told.now += random() < 0.1 ? 20 * hour : Math.floor(random() * hour);
    const [task, by, key] = [oneOf(['x', 'y']), oneOf(['anna', 'bert', 'Anna']), `asked-${step}`];
    const asked = oneOf([...askedFor.keys(), 'never']);
    const what = random();
    if (what < 0.3) {
      if (told.start(task, by, key).accepted) askedFor.set(key, { task, by, at: told.now });
    } else if (what < 0.6) {
      if (told.approve(task, by, asked).accepted) {
        expect(askedFor.get(asked)).toMatchObject({ task });
        approved.set(asked, by);
      }
    } else if (what < 0.7) {
      if (told.tell({ do: oneOf(['stop', 'deleteTask']), task }).accepted)
        for (const [one, request] of askedFor) if (request.task === task && request.at < told.now) closed.add(one);
      if (taskOf(told.state, task) === undefined) told.put(restoration(task));
    } else if (what < 0.75) {
      if (told.tell({ do: 'reject', task, asked, by }).accepted) closed.add(asked);
    } else if (nextRun(told.state, told.now) !== undefined) {
      const run = told.startNext();
      const { by: askedBy } = askedFor.get(run.key)!;
      const approvedBy = approved.get(run.key);
      expect(closed).not.toContain(run.key);
      expect(approvedBy).toBeDefined();
      expect(approvedBy!.toLowerCase()).not.toBe(askedBy.toLowerCase());
      expect(run).toMatchObject({ approval: { askedBy, approvedBy } });
      expect((run as { approval?: { approved: number } }).approval!.approved).toBeLessThan(
        askedFor.get(run.key)!.at + 24 * hour,
      );
      told.end();
      runs += 1;
    }
  }
  return runs;
}
