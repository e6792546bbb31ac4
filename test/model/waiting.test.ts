import { type ClusterState, newCluster, parseShortRun, taskOf } from '../../model/cluster-state';
import type { Answer, Order } from '../../model/command';
import { decide } from '../../model/decide';
import type { Notification } from '../../model/notification';
import { notificationsOf } from '../../model/notifications';
import { ended, nextRun, started } from '../../model/queue';
import { backupTask } from './cluster-history';
import { facts } from './notified';

const now = Date.UTC(2026, 10, 26, 10);
const hourly = { started: now, seconds: 3600 };
const start = { do: 'start', task: 'w', trigger: 'manual' } as const;

let keys = 0;

interface Told {
  readonly state: ClusterState;
  readonly answer: Answer;
  readonly told: readonly Notification[];
}

function tell(state: ClusterState, order: Order, at = now, key = `k${(keys += 1)}`): Told {
  const decision = decide(state, { key, at, replyTo: 'r', order }, at);
  return { ...decision, told: notificationsOf(state, decision.state, at) };
}

/** Another task's run goes on, and `w` waits, asked for with key `mine`. */
function waiting(): ClusterState {
  const tasks = [backupTask('other', undefined), backupTask('w', hourly)];
  const put = tasks.reduce((so, task) => tell(so, { do: 'putTask', task }, now - 1000).state, newCluster(facts));
  const asked = tell(put, { ...start, task: 'other' }).state;
  return tell(started(asked, nextRun(asked, now)!, 'run-1', now), start, now, 'mine').state;
}

const runsOf = (state: ClusterState) => taskOf(state, 'w')!.runs.map(parseShortRun);

describe('a run that is stopped while it waits', () => {
  const stopped = tell(waiting(), { do: 'stop', task: 'w' }, now + 5000);

  test('is Stopped with the reason, in its task, in its history and for whoever waits for its key', () => {
    const { state } = stopped;
    expect(state.queue).toEqual([]);
    expect(taskOf(state, 'w')).toMatchObject({ status: 'Stopped', reason: 'stopped while it waited' });
    const label = '20261126100005';
    expect(runsOf(state)).toEqual([
      { label, seconds: 0, outcome: 'Stopped', trigger: 'manual', bytes: 0, waited: true },
    ]);
    const run = { key: 'mine', task: 'w', label, kind: 'backup', outcome: 'Stopped' };
    expect(state.ended).toEqual([{ ...run, reason: 'stopped while it waited' }]);
  });

  test('is told as stopped, though nobody was told that it started', () => {
    expect(stopped.told).toMatchObject([
      {
        id: '1:w:20261126100005:stopped',
        type: 'run.stopped',
        run: { kind: 'backup', trigger: 'manual', begin: '2026-11-26T10:00:05.000Z', end: '2026-11-26T10:00:05.000Z' },
        reason: 'stopped while it waited',
      },
    ]);
  });

  test('stays that when its task is started again, and has another label than each later run', () => {
    const again = tell(stopped.state, start, now + 5000);
    expect(again.answer).toMatchObject({ did: 'waiting' });
    expect(again.told).toEqual([]);
    const twice = tell(again.state, { do: 'stop', task: 'w' }, now + 5000);
    expect(twice.told).toMatchObject([{ id: '1:w:20261126100006:stopped' }]);
    const third = tell(twice.state, start, now + 5000).state;
    const free = ended(third, { status: 'failed' }, now + 6000);
    expect(nextRun(free, now + 6000)?.label).toBe('20261126100007');
    expect(free.ended.find(({ key }) => key === 'mine')).toMatchObject({ reason: 'stopped while it waited' });
  });

  test('is no execution: a planned time soon after it is not postponed', () => {
    const later = tell(stopped.state, { do: 'trigger', task: 'w', planned: now }, now + 10_000);
    expect(later.answer).toMatchObject({ accepted: true, did: 'waiting' });
  });

  test('is not run by who asks again with its key when the answer is forgotten', () => {
    const forgotten = { ...stopped.state, recent: [] };
    const again = tell(forgotten, start, now + 9000, 'mine');
    expect(again.answer).toEqual({ accepted: true, did: 'started', position: 0 });
    expect(again.state.queue).toEqual([]);
    expect(tell(forgotten, start, now + 9000, 'another').state.queue).toHaveLength(1);
  });

  test('because its task is locked says so, and is no reason of an alarm of that moment', () => {
    const late = now + 3 * 3_600_000;
    const locked = tell(waiting(), { do: 'lock', task: 'w' }, late);
    expect(locked.state.ended).toMatchObject([
      { key: 'mine', outcome: 'Stopped', reason: 'stopped while it waited: the task was locked' },
    ]);
    expect(locked.told.map(({ type, id }) => `${type} ${id}`)).toEqual([
      'run.stopped 1:w:20261126130000:stopped',
      'run.missed 1:w:20261126100000:missed:3',
      'run.postponed 1:w:20261126130000:postponed',
      'alarm.raised 1:w:20261126100000:missed:12034:raised',
    ]);
  });
});

test('who asks again with the key of a run that waits or goes on joins it, also when the answer is forgotten', () => {
  const state = { ...waiting(), recent: [] };
  expect(tell(state, start, now, 'mine').answer).toEqual({ accepted: true, did: 'waiting', position: 1 });
  const other = tell(state, { ...start, task: 'other' }, now, state.running!.key);
  expect(other.answer).toEqual({ accepted: true, did: 'started', position: 0 });
});
