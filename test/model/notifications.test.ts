import { type ClusterState, newCluster } from '../../model/cluster-state';
import type { Order } from '../../model/command';
import { channelsFor, type Notification } from '../../model/notification';
import { webhookBody } from '../../model/notification-schema';
import { notificationsOf } from '../../model/notifications';
import { noticeMissed } from '../../model/periodic';
import { found, type RunEnd } from '../../model/queue';
import type { PartResult } from '../../model/run';
import { withThirdPartyAlarm } from '../../model/third-party';
import { backupTask } from './cluster-history';
import { end, facts, order, resultOf, startNext } from './notified';

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
