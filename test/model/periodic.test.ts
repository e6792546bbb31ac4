import { type ClusterState, newCluster, taskOf } from '../../model/cluster-state';
import type { Answer, Order } from '../../model/command';
import { decide } from '../../model/decide';
import { labelAt } from '../../model/label';
import { nextPlanned, type Period, parseNotRun, plannedBetween } from '../../model/period';
import { nextRunOf, noticeMissed, plannedAfter } from '../../model/periodic';
import { ended, nextRun, started } from '../../model/queue';
import type { ClusterFacts, RunResult } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { BackupTask } from '../../model/task';

const hour = 3_600_000;
const t0 = Date.UTC(2026, 10, 22, 17, 0, 0);
const hourly: Period = { started: t0, seconds: 3600 };

const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
};

function task(name: string, period: Period | undefined = hourly): BackupTask {
  const source = {
    source: 'nameNode' as const,
    entry: { source: 'nameNode' as const },
    copies: 24,
    target: { kind: 'localDir' as const },
  };
  const mode = period === undefined ? 'manual' : 'periodic';
  return { kind: 'backup', name, cluster: '1', mode, ...(period && { period }), sources: [source] };
}

let keys = 0;

function told(state: ClusterState, order: Order, now: number): { state: ClusterState; answer: Answer } {
  return decide(state, { key: `k${(keys += 1)}`, at: now, replyTo: 'r', order }, now);
}

function tell(state: ClusterState, order: Order, now: number): ClusterState {
  return told(state, order, now).state;
}

/** A cluster with this task, made half an hour before its grid begins. */
function withTask(period?: Period): ClusterState {
  return tell(newCluster(facts), { do: 'putTask', task: task('nightly', period ?? hourly) }, t0 - hour / 2);
}

const trigger = (planned: number): Order => ({ do: 'trigger', task: 'nightly', planned });

/** The next run starts, and ends after so long. */
function run(state: ClusterState, begin: number, lasts = 1000, outcome: RunResult['outcome'] = 'Successful') {
  const input = nextRun(state, begin)!;
  const { kind, key, task: name, label, trigger: by } = input;
  const identity = { kind, key, task: name, label, trigger: by };
  const result = { ...identity, outcome, begin, end: begin + lasts, parts: [] };
  return ended(started(state, input, 'run-id', begin), { status: 'completed', result }, begin + lasts);
}

const notRunOf = (state: ClusterState) => (taskOf(state, 'nightly')!.notRun ?? []).map(parseNotRun);

it('a planned time starts a run, which is known by its trigger', () => {
  const { state, answer } = told(withTask(), trigger(t0), t0 + 500);
  expect(answer).toMatchObject({ accepted: true, did: 'started' });
  expect(nextRun(state, t0 + 600)).toMatchObject({ task: 'nightly', trigger: 'schedule', label: labelAt(t0) });
});

it('120 s late is in time, later is postponed to the next period, with the reason in the history', () => {
  expect(told(withTask(), trigger(t0), t0 + 120_000).answer.accepted).toBe(true);
  const { state, answer } = told(withTask(), trigger(t0), t0 + 121_000);
  expect(answer).toMatchObject({ accepted: false, refusal: 'postponed' });
  expect(JSON.stringify(answer)).toContain('is postponed to 2026-11-22 18:00:00 UTC: it came 121 s after');
  expect(notRunOf(state)).toMatchObject([{ planned: labelAt(t0), what: 'postponed', times: 1 }]);
  expect(state.queue).toEqual([]);
});

it('of the planned times that led to no run the latest ten are kept, fewer where many tasks have some', () => {
  const postponed = (state: ClusterState, times: number) =>
    Array.from({ length: times }, (_, time) => t0 + time * hour).reduce(
      (so, planned) => tell(so, trigger(planned), planned + 121_000),
      state,
    );
  const alone = postponed(withTask(), 12);
  expect(notRunOf(alone).map(({ planned }) => planned)).toEqual(
    Array.from({ length: 10 }, (_, time) => labelAt(t0 + (11 - time) * hour)),
  );
  const others = Array.from({ length: 59 }, (_, index) => [`other${index}`, taskOf(alone, 'nightly')!] as const);
  const among = tell(
    { ...alone, tasks: { ...alone.tasks, ...Object.fromEntries(others) } },
    trigger(t0 + 12 * hour),
    t0 + 13 * hour,
  );
  expect(Object.values(among.tasks).map(({ notRun }) => notRun!.length)).toEqual(Array.from({ length: 60 }, () => 5));
  expect(notRunOf(among)[0]).toMatchObject({ planned: labelAt(t0 + 12 * hour) });
});

it('after planned times that led to no run comes the next one of the present period', () => {
  const after = (period: Period | undefined, times: number) =>
    plannedAfter({ ...task('nightly'), period } as BackupTask, { planned: labelAt(t0), times });
  expect(after(hourly, 1)).toBe(t0 + hour);
  expect(after(hourly, 3)).toBe(t0 + 3 * hour);
  const moved = { started: t0 + 90 * 60_000, seconds: 86_400 };
  expect(after(moved, 1)).toBe(moved.started);
  expect(after(undefined, 1)).toBeUndefined();
});

it('more than 120 s must be between the start of its latest run, also one by hand, and a planned one', () => {
  const begin = t0 + hour - 60_000;
  const byHand = run(
    tell(run(tell(withTask(), trigger(t0), t0), t0), { do: 'start', task: 'nightly', trigger: 'manual' }, begin),
    begin,
  );
  expect(told(byHand, trigger(t0 + hour), begin + 120_000).answer).toMatchObject({ refusal: 'postponed' });
  expect(told(byHand, trigger(t0 + hour), begin + 121_000).answer.accepted).toBe(true);
});

it('a run by hand knows no interval', () => {
  const once = run(tell(withTask(), trigger(t0), t0), t0);
  expect(told(once, { do: 'start', task: 'nightly', trigger: 'manual' }, t0 + 2000).answer.accepted).toBe(true);
});

it('a planned time is postponed while the run before waits or goes on; waiting does not make a run late', () => {
  const waiting = tell(withTask(), trigger(t0), t0);
  expect(notRunOf(tell(waiting, trigger(t0 + hour), t0 + hour))[0]!.reason).toBe('its run before still waited');
  const input = nextRun(waiting, t0 + 2 * hour - 1)!;
  expect(input.trigger).toBe('schedule');
  const running = started(waiting, input, 'id', t0 + 2 * hour - 1);
  const { reason } = notRunOf(tell(running, trigger(t0 + 2 * hour), t0 + 2 * hour))[0]!;
  expect(reason).toBe('its run before still went on');
});

it('a planned time is decided once, however often it is asked, and whatever the key', () => {
  const once = told(withTask(), trigger(t0), t0).state;
  const again = told(run(once, t0), trigger(t0), t0 + 60_000);
  expect(again.answer).toMatchObject({ accepted: true, did: 'decided already' });
  expect(again.state.queue).toEqual([]);
});

it('a time that is not planned is refused: somebody triggered the schedule by hand, or it is not yet changed', () => {
  for (const planned of [t0 + 1000, t0 - hour, t0 + hour / 2])
    expect(told(withTask(), trigger(planned), planned).answer).toMatchObject({ refusal: 'notPlanned' });
});

it('a planned time that is still to come is refused, and decided when it has come; clocks may differ a little', () => {
  const early = told(withTask(), trigger(t0 + 48 * hour), t0);
  expect(early.answer).toMatchObject({ refusal: 'notPlanned' });
  expect(JSON.stringify(early.answer)).toContain('is still to come');
  expect([early.state.alarms, notRunOf(early.state)]).toEqual([[], []]);
  expect(told(withTask(), trigger(t0), t0 - 120_000).answer.accepted).toBe(true);
});

it('where the queue is full a planned time is postponed, and told', () => {
  const full = { ...withTask(), cluster: { ...facts, settings: { ...productSettings, waitingTasks: 0 } } };
  const other = tell(full, { do: 'putTask', task: task('other') }, t0 - 1000);
  const busy = started(
    tell(other, { do: 'trigger', task: 'other', planned: t0 }, t0),
    nextRun(tell(other, { do: 'trigger', task: 'other', planned: t0 }, t0), t0)!,
    'id',
    t0,
  );
  const waits = { ...busy, queue: [{ key: 'x', task: 'other', trigger: 'manual' as const }] };
  expect(notRunOf(tell(waits, trigger(t0), t0 + 1000))[0]!.reason).toBe('the queue is full');
});

it('planned times that nobody asked for are missed, once, and raise ALM-12034 until a run succeeds', () => {
  const quiet = noticeMissed(withTask(), t0 + 299_000);
  expect(notRunOf(quiet)).toEqual([]);
  const missed = noticeMissed(quiet, t0 + 3 * hour + 301_000);
  expect(notRunOf(missed)).toMatchObject([{ planned: labelAt(t0), what: 'missed', times: 4 }]);
  expect(noticeMissed(missed, t0 + 3 * hour + 302_000)).toBe(missed);
  expect(missed.alarms).toMatchObject([{ id: '12034', task: 'nightly' }]);
  expect(missed.alarms[0]!.text).toContain('4 planned runs did not take place');
  const planned = t0 + 4 * hour;
  expect(run(tell(missed, trigger(planned), planned), planned).alarms).toEqual([]);
});

it('a gap before a planned time that is asked for is missed at once', () => {
  const state = tell(withTask(), trigger(t0 + 2 * hour), t0 + 2 * hour);
  expect(notRunOf(state)).toMatchObject([{ planned: labelAt(t0), what: 'missed', times: 2 }]);
  expect(state.queue).toHaveLength(1);
});

it('a periodic run that fails raises ALM-12034; one by hand does not; its time stays that of the first failure', () => {
  const failed = run(tell(withTask(), trigger(t0), t0), t0, 1000, 'Failed');
  expect(failed.alarms).toMatchObject([{ id: '12034', task: 'nightly', raised: t0 + 1000 }]);
  const again = run(tell(failed, trigger(t0 + hour), t0 + hour), t0 + hour, 1000, 'Failed');
  expect(again.alarms).toMatchObject([{ raised: t0 + 1000 }]);
  const byHand = run(tell(withTask(), { do: 'start', task: 'nightly', trigger: 'manual' }, t0), t0, 1, 'Failed');
  expect(byHand.alarms).toEqual([]);
});

it('a locked task never starts by itself, is not missed, still starts by hand, and goes on with its next planned time', () => {
  const locked = tell(withTask(), { do: 'lock', task: 'nightly', reason: 'upgrade' }, t0 - 1000);
  expect(taskOf(locked, 'nightly')!.locked).toEqual({ since: t0 - 1000, reason: 'upgrade' });
  expect(nextRunOf(taskOf(locked, 'nightly')!, t0)).toBeUndefined();
  expect(told(locked, trigger(t0), t0).answer).toMatchObject({ refusal: 'locked' });
  expect(noticeMissed(locked, t0 + 9 * hour)).toBe(locked);
  expect(told(locked, { do: 'start', task: 'nightly', trigger: 'manual' }, t0).answer.accepted).toBe(true);
  const free = tell(locked, { do: 'unlock', task: 'nightly' }, t0 + 9.5 * hour);
  expect(nextRunOf(taskOf(free, 'nightly')!, t0 + 9.5 * hour)).toBe(t0 + 10 * hour);
  expect(notRunOf(noticeMissed(free, t0 + 9.9 * hour))).toEqual([]);
});

it('what was missed before the lock is told when the task is locked; what could still be asked for is postponed by it', () => {
  const lockAt = (moment: number) => tell(withTask(), { do: 'lock', task: 'nightly' }, moment);
  const locked = lockAt(t0 + hour + 301_000);
  expect(notRunOf(locked)).toMatchObject([{ planned: labelAt(t0), what: 'missed', times: 2 }]);
  expect(locked.alarms).toMatchObject([{ id: '12034', task: 'nightly' }]);
  expect(tell(locked, { do: 'lock', task: 'nightly' }, t0 + 9 * hour).alarms).toEqual(locked.alarms);
  const inTime = lockAt(t0 + 299_000);
  const told = [{ planned: labelAt(t0), what: 'postponed', times: 1, why: { because: 'locked' } }];
  expect(notRunOf(inTime)).toMatchObject(told);
  expect(inTime.alarms).toEqual([]);
  expect(notRunOf(tell(inTime, { do: 'lock', task: 'nightly' }, t0 + 9 * hour))).toMatchObject(told);
  expect(notRunOf(lockAt(t0 - 1))).toEqual([]);
});

it('locking stops the run that goes on, and takes one that waits out of the queue', () => {
  const waiting = tell(withTask(), trigger(t0), t0);
  const out = decide(waiting, { key: 'l', at: t0, replyTo: 'r', order: { do: 'lock', task: 'nightly' } }, t0);
  expect(out.state.queue).toEqual([]);
  expect(out.cancelRun).toBeUndefined();
  const running = started(waiting, nextRun(waiting, t0)!, 'id', t0);
  const stopped = decide(running, { key: 'm', at: t0, replyTo: 'r', order: { do: 'lock', task: 'nightly' } }, t0);
  expect(stopped).toMatchObject({
    cancelRun: true,
    answer: { accepted: true, did: 'locked; its run is being stopped' },
  });
  expect(taskOf(stopped.state, 'nightly')!.locked).toBeDefined();
});

it('only periodic tasks can be locked', () => {
  const manual = tell(
    newCluster(facts),
    { do: 'putTask', task: { ...task('m'), mode: 'manual', period: undefined as never } },
    t0,
  );
  expect(told(manual, { do: 'lock', task: 'm' }, t0).answer).toMatchObject({ refusal: 'invalid' });
});

it('another period begins anew: what passed is not missed, and the schedule is to be looked at', () => {
  const synced = { ...withTask(), unsynced: [] };
  const other = { started: t0 + hour / 4, seconds: 7200 };
  const changed = tell(synced, { do: 'putTask', task: task('nightly', other) }, t0 + 5 * hour);
  expect(changed.unsynced).toEqual(['nightly']);
  expect(noticeMissed(changed, t0 + 5 * hour).alarms).toEqual([]);
  expect(told(changed, trigger(t0 + 5 * hour), t0 + 5 * hour).answer).toMatchObject({ refusal: 'notPlanned' });
  const gone = tell({ ...changed, unsynced: [] }, { do: 'deleteTask', task: 'nightly' }, t0 + 5 * hour);
  expect(gone.unsynced).toEqual(['nightly']);
});

it('a period of 120 s or less is refused, and one that does not fit the mode', () => {
  const tried = (wanted: BackupTask) => told(newCluster(facts), { do: 'putTask', task: wanted }, t0).answer;
  expect(tried(task('a', { started: t0, seconds: 120 }))).toMatchObject({ refusal: 'invalid' });
  expect(tried(task('a', { started: t0, seconds: 121 })).accepted).toBe(true);
  expect(tried(task('a', { started: t0 + 1, seconds: 3600 }))).toMatchObject({ refusal: 'invalid' });
  expect(tried({ ...task('a'), mode: 'manual' })).toMatchObject({ refusal: 'invalid' });
  expect(tried({ ...task('a', undefined), mode: 'periodic', period: undefined as never })).toMatchObject({
    refusal: 'invalid',
  });
});

it('planned times are fixed intervals: a day has 24 hours also where clocks are put back', () => {
  const daily = { started: Date.UTC(2026, 9, 24, 22, 0, 0), seconds: 86_400 };
  const days = [0, 1, 2].map((day) => new Date(nextPlanned(daily, daily.started + day * 24 * hour)).toISOString());
  expect(days).toEqual(['2026-10-25T22:00:00.000Z', '2026-10-26T22:00:00.000Z', '2026-10-27T22:00:00.000Z']);
  expect(plannedBetween(daily, daily.started, daily.started + 24 * hour - 1)).toBeUndefined();
});
