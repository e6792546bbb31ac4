import { type ClusterState, newCluster } from '../../model/cluster-state';
import type { Order } from '../../model/command';
import { decide } from '../../model/decide';
import { labelAt } from '../../model/label';
import { channelsFor, type Notification } from '../../model/notification';
import { webhookBody, webhookBodySchema } from '../../model/notification-schema';
import { notificationsOf } from '../../model/notifications';
import { parseNotRun } from '../../model/period';
import { noticeMissed } from '../../model/periodic';
import { ended, found, nextRun, type RunEnd, started } from '../../model/queue';
import type { ClusterFacts, PartResult, RunIdentity } from '../../model/run';
import { productSettings } from '../../model/settings';
import { withThirdPartyAlarm } from '../../model/third-party';
import { randomFrom, tellSeed } from '../kit/seed';
import { backupTask, type Event, historyFrom } from './cluster-history';

const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: { ...productSettings, waitingTasks: 3 },
};

/** A step of a cluster: the state after it, and what is to be told of it. */
interface Step {
  readonly state: ClusterState;
  readonly told: readonly Notification[];
}

let keys = 0;

function order(state: ClusterState, wanted: Order, now: number): Step & { readonly answer: object } {
  const command = { key: `k${(keys += 1)}`, at: now, replyTo: 'r', order: wanted };
  const { state: next, answer } = decide(state, command, now);
  return { state: next, answer, told: notificationsOf(state, next, now) };
}

function startNext(state: ClusterState, now: number, runId = `run-${(keys += 1)}`): Step {
  const input = nextRun(state, now);
  if (input === undefined) return { state, told: [] };
  const next = started(state, input, runId, now);
  return { state: next, told: notificationsOf(state, next, now) };
}

function end(state: ClusterState, how: RunEnd, now: number): Step {
  const next = ended(state, how, now);
  return { state: next, told: notificationsOf(state, next, now, how) };
}

function resultOf(
  { kind, key, task, label, trigger }: RunIdentity,
  outcome: 'Successful' | 'Failed' | 'Stopped',
  at: number,
  parts: readonly PartResult[] = [],
) {
  return { kind, key, task, label, trigger, outcome, begin: at - 60_000, end: at, parts };
}

const part: PartResult = {
  source: 'nameNode',
  part: 'hacluster',
  outcome: 'Successful',
  bytes: 5,
  files: 2,
  set: 'a/b',
};
const now = Date.UTC(2026, 10, 26, 10);
const hourly = { started: now, seconds: 3600 };

/** With one task that has begun to run. */
function running(period?: { started: number; seconds: number }): ClusterState {
  const put = order(newCluster(facts), { do: 'putTask', task: backupTask('daily', period) }, now - 1000).state;
  const trigger = period === undefined ? 'manual' : 'schedule';
  const wanted: Order =
    trigger === 'schedule'
      ? { do: 'trigger', task: 'daily', planned: now }
      : { do: 'start', task: 'daily', trigger: 'manual' };
  return startNext(order(put, wanted, now).state, now).state;
}

const short = (told: readonly Notification[]) => told.map(({ type, id }) => `${type} ${id}`);

describe('what is told of a run', () => {
  it('that it has started', () => {
    const put = order(newCluster(facts), { do: 'putTask', task: backupTask('daily', undefined) }, now).state;
    const { state } = order(put, { do: 'start', task: 'daily', trigger: 'manual' }, now);
    const { told } = startNext(state, now);
    expect(told).toEqual([
      {
        id: '1:daily:20261126100000:started',
        type: 'run.started',
        timestamp: '2026-11-26T10:00:00.000Z',
        cluster: '1',
        task: 'daily',
        run: { kind: 'backup', label: '20261126100000', trigger: 'manual', begin: '2026-11-26T10:00:00.000Z' },
      },
    ]);
  });

  it('how it ended, with what became of its sets', () => {
    const state = running();
    const { told } = end(
      state,
      { status: 'completed', result: resultOf(state.running!, 'Successful', now + 60_000, [part]) },
      now + 61_000,
    );
    expect(told).toEqual([
      {
        id: '1:daily:20261126100000:successful',
        type: 'run.successful',
        timestamp: '2026-11-26T10:01:00.000Z',
        cluster: '1',
        task: 'daily',
        run: {
          kind: 'backup',
          label: '20261126100000',
          trigger: 'manual',
          begin: '2026-11-26T10:00:00.000Z',
          end: '2026-11-26T10:01:00.000Z',
          bytes: 5,
          parts: [{ source: 'nameNode', part: 'hacluster', outcome: 'Successful', set: 'a/b', bytes: 5, files: 2 }],
        },
      },
    ]);
  });

  it('why it failed, and the alarm of a periodic one; and that it is cleared', () => {
    const failed = end(running(hourly), { status: 'failed', reason: 'no space' }, now + 5000);
    expect(short(failed.told)).toEqual([
      'run.failed 1:daily:20261126100000:failed',
      'alarm.raised 1:daily:20261126100000:failed:12034:raised',
    ]);
    expect(failed.told[0]).toMatchObject({ reason: 'no space' });
    const again = startNext(
      order(failed.state, { do: 'start', task: 'daily', trigger: 'manual' }, now + 9000).state,
      now + 9000,
    ).state;
    const { told } = end(
      again,
      { status: 'completed', result: resultOf(again.running!, 'Successful', now + 10_000) },
      now,
    );
    expect(short(told)).toEqual([
      'run.successful 1:daily:20261126100009:successful',
      'alarm.cleared 1:daily:20261126100009:successful:12034:cleared',
    ]);
    expect(told[1]).toMatchObject({
      reason: 'run 20261126100009 was successful',
      alarm: { raised: failed.told[1]!.timestamp },
    });
  });

  it('of one that was ended from outside once, when the clean-up behind it has ended', () => {
    const before = running();
    const of = before.running!;
    const cleaning: ClusterState = {
      ...before,
      running: { ...of, kind: 'cleanUp', of, runId: 'clean', reason: 'terminated by hand' },
    };
    expect(notificationsOf(before, cleaning, now, { status: 'terminated', identity: of })).toEqual([]);
    const { told } = end(cleaning, { status: 'completed', runId: 'clean' }, now + 9000);
    expect(short(told)).toEqual(['run.failed 1:daily:20261126100000:failed']);
    expect(told[0]).toMatchObject({ reason: 'terminated by hand', run: { kind: 'backup' } });
  });

  it('stays short, however much went wrong', () => {
    const state = running();
    const parts = Array.from({ length: 60 }, (_, index): PartResult => {
      return { ...part, part: `ns${index}`, outcome: 'Failed', reason: 'ä'.repeat(3000), errorKind: 'unavailable' };
    });
    const [told] = end(state, { status: 'failed', result: resultOf(state.running!, 'Failed', now, parts) }, now).told;
    expect(told?.run).toMatchObject({ more: 30 });
    expect(Buffer.byteLength(webhookBody(told!))).toBeLessThan(32_000);
  });
});

describe('what is told of planned times', () => {
  it('one that is postponed, with the reason', () => {
    const { told } = order(
      running(hourly),
      { do: 'trigger', task: 'daily', planned: now + 3_600_000 },
      now + 3_600_000,
    );
    expect(told).toMatchObject([
      {
        id: '1:daily:20261126110000:postponed',
        type: 'run.postponed',
        planned: { first: '2026-11-26T11:00:00.000Z', times: 1 },
        reason: 'its run before still went on',
      },
    ]);
  });

  it('those that nobody asked for, with the alarm', () => {
    const put = order(newCluster(facts), { do: 'putTask', task: backupTask('daily', hourly) }, now - 1000).state;
    const later = now + 3 * 3_600_000 - 1000;
    const told = notificationsOf(put, noticeMissed(put, later), later);
    expect(short(told)).toEqual([
      'run.missed 1:daily:20261126100000:missed:3',
      'alarm.raised 1:daily:20261126100000:missed:12034:raised',
    ]);
  });

  it('a task that is deleted takes its alarm along', () => {
    const failed = end(running(hourly), { status: 'failed' }, now + 5000).state;
    expect(order(failed, { do: 'deleteTask', task: 'daily' }, now + 6000).told).toMatchObject([
      { type: 'alarm.cleared', reason: 'the task was deleted' },
    ]);
  });
});

it('of an alarm of the whole cluster no task is told', () => {
  const before = newCluster({ ...facts, remoteHdfs: ['haclusterX'], defaultTask: false });
  const raised = withThirdPartyAlarm(before, now);
  expect(notificationsOf(before, raised, now)).toMatchObject([
    {
      id: '1:cluster:20261126100000:12057:raised',
      type: 'alarm.raised',
      reason: 'no periodic task backs up nameNode to a third-party server',
    },
  ]);
  const away = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' } as const;
  const daily = backupTask('daily', { started: now, seconds: 86_400 });
  const { state } = order(
    raised,
    { do: 'putTask', task: { ...daily, sources: daily.sources.map((one) => ({ ...one, target: away })) } },
    now,
  );
  const [told, ...others] = notificationsOf(state, withThirdPartyAlarm(state, now), now);
  expect(told).toMatchObject({ type: 'alarm.cleared', reason: 'there is such a task now' });
  expect([told, ...others]).toHaveLength(1);
  expect(told).not.toHaveProperty('task');
});

it('an alarm that gives way to others is not told to be cleared', () => {
  const alarms = Array.from({ length: 120 }, (_, index) => ({
    id: '12034' as const,
    task: `t${index}`,
    raised: now,
    text: 'x',
  }));
  const state = { ...running(hourly), alarms };
  expect(short(end(state, { status: 'failed' }, now).told)).toEqual([
    'run.failed 1:daily:20261126100000:failed',
    'alarm.raised 1:daily:20261126100000:failed:12034:raised',
  ]);
});

describe('a cluster whose workflow was ended by mistake, and that decides once more,', () => {
  it('tells of the same run under the same ids, and that it started', () => {
    const before = running(hourly);
    const how: RunEnd = {
      status: 'failed',
      identity: before.running!,
      result: resultOf(before.running!, 'Failed', now + 60_000),
    };
    const first = end(before, how, now + 61_000).told;
    const rescued = { ...order(newCluster(facts), { do: 'putTask', task: backupTask('daily', hourly) }, now).state };
    const second = end(found(rescued, now + 99_000), how, now + 100_000).told;
    expect(short(second)).toEqual(['run.started 1:daily:20261126100000:started', ...short(first)]);
  });

  it('does not tell again of a run that it knows', () => {
    const before = running();
    const how: RunEnd = { status: 'completed', result: resultOf(before.running!, 'Successful', now) };
    const { state } = end(before, how, now);
    expect(end(found(state, now + 9000), how, now + 9000).told).toEqual([]);
  });

  it('tells of the same planned times under the same ids', () => {
    const state = running(hourly);
    const wanted: Order = { do: 'trigger', task: 'daily', planned: now + 3_600_000 };
    const ids = [0, 7000].map((later) => short(order(state, wanted, now + 3_600_000 + later).told));
    expect(ids[0]).toHaveLength(1);
    expect(ids[1]).toEqual(ids[0]);
  });
});

it('a run behind which a clean-up was found going on has failed', () => {
  const state = found(order(newCluster(facts), { do: 'putTask', task: backupTask('daily', hourly) }, now).state, now);
  const identity = { kind: 'cleanUp', key: 'k', task: 'daily', label: '20261126100000', trigger: 'manual' } as const;
  expect(short(end(state, { status: 'completed', identity }, now).told)).toContain(
    'run.failed 1:daily:20261126100000:failed',
  );
});

it('a channel hears of the events that it names, or of all', () => {
  const channels = [{ name: 'all' }, { name: 'bad', events: ['run.failed', 'alarm.raised'] as const }];
  expect(channelsFor({ ...facts, channels }, 'run.failed')).toEqual(['all', 'bad']);
  expect(channelsFor({ ...facts, channels }, 'run.started')).toEqual(['all']);
  expect(channelsFor(facts, 'run.failed')).toEqual([]);
});

const histories = Number(process.env['CAIRN_HISTORIES'] ?? 800);

it(`of ${histories} histories nothing is left out, and nothing told twice`, () => {
  const seed = tellSeed();
  const seen = new Set<string>();
  for (let number = 0; number < histories; number += 1) {
    const { mayWait, events } = historyFrom(randomFrom(seed + number * 7919));
    const difference = differenceIn(mayWait, events, seen);
    if (difference !== undefined) throw new Error(`CAIRN_SEED=${seed}, history ${number}: ${difference}`);
  }
  expect([...seen].sort()).toEqual([
    'alarm.cleared',
    'alarm.raised',
    'run.failed',
    'run.missed',
    'run.postponed',
    'run.started',
    'run.stopped',
    'run.successful',
  ]);
});

/** What whoever reads all notifications knows of a cluster, compared with what it is after each event. */
function differenceIn(mayWait: number, events: readonly Event[], seen: Set<string>): string | undefined {
  let state = newCluster({ ...facts, settings: { ...facts.settings, waitingTasks: mayWait } });
  const alarms = new Set<string>();
  const ids = new Set<string>();
  for (const [index, event] of events.entries()) {
    const before = state;
    const step = happen(state, event);
    state = { ...step.state, recent: [] };
    for (const one of step.told) {
      seen.add(one.type);
      webhookBodySchema.parse(JSON.parse(webhookBody(one)));
      const key = `${one.task} ${one.alarm?.id}`;
      if (one.type === 'alarm.raised') alarms.add(key);
      if (one.type === 'alarm.cleared') alarms.delete(key);
      // After its clock went back, a cluster may meet the same planned time once more: it has the same id.
      if (ids.has(one.id) && !events.some(({ at }, place) => place > 0 && at < events[place - 1]!.at))
        return `event ${index}: ${one.id} is told twice`;
      ids.add(one.id);
    }
    const told = step.told.filter(({ type }) => type.startsWith('run.')).map(shortRunEvent);
    const expected = expectedOf(before, state, event);
    if (told.join() !== expected.join()) return `event ${index}: told ${told.join()}, expected ${expected.join()}`;
    const standing = state.alarms.map(({ task, id }) => `${task} ${id}`).sort();
    if (standing.join() !== [...alarms].sort().join()) return `event ${index}: alarms are ${standing.join()}`;
  }
  return undefined;
}

function happen(state: ClusterState, event: Event): Step {
  switch (event.do) {
    case 'order':
      return order(state, event.order, event.at);
    case 'startNext':
      return startNext(state, event.at);
    case 'look': {
      const next = noticeMissed(state, event.at);
      return { state: next, told: notificationsOf(state, next, event.at) };
    }
    case 'end': {
      if (state.running === undefined) return { state, told: [] };
      const result = resultOf(state.running, event.outcome, event.at);
      return end(
        state,
        event.status === 'completed' ? { status: event.status, result } : { status: event.status },
        event.at,
      );
    }
  }
}

function shortRunEvent({ type, task, run, planned }: Notification): string {
  return `${task} ${type.slice(4)} ${run?.label ?? `${labelAt(Date.parse(planned!.first))} ${planned!.times}`}`;
}

/** By other means: what stands in the queue's place, and what has been added to the tasks' histories. */
function expectedOf(before: ClusterState, state: ClusterState, { do: what }: Event): string[] {
  const { running } = state;
  const begun =
    what === 'startNext' && running !== undefined && before.running === undefined
      ? [`${running.task} started ${running.label}`]
      : [];
  const over =
    what === 'end' && before.running !== undefined
      ? [`${before.running.task} ${state.tasks[before.running.task]!.status.toLowerCase()} ${before.running.label}`]
      : [];
  const gaps = Object.entries(state.tasks).flatMap(([name, { notRun = [] }]) => {
    const known = before.tasks[name]?.notRun ?? [];
    const added = notRun === known ? 0 : notRun.length < 3 ? notRun.length - known.length : addedTo(known, notRun);
    return notRun
      .slice(0, added)
      .reverse()
      .map((text) => parseNotRun(text))
      .map(({ planned, what: how, times }) => `${name} ${how} ${planned} ${times}`);
  });
  return [...begun, ...over, ...gaps];
}

function addedTo(known: readonly string[], list: readonly string[]): number {
  return [0, 1, 2, 3].find((added) => list.slice(added).every((text, place) => text === known[place]))!;
}
