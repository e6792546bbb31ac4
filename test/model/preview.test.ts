import fc from 'fast-check';
import { type ClusterState, newCluster, parseShortRun, shortRun, type TaskState } from '../../model/cluster-state';
import { decide } from '../../model/decide';
import { labelAt } from '../../model/label';
import { isPlanned } from '../../model/period';
import { periodOf } from '../../model/periodic';
import { preview } from '../../model/preview';
import { ended, found, nextRun, started } from '../../model/queue';
import type { ClusterFacts, Outcome } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { BackupTask, TargetSpec } from '../../model/task';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const midnight = Date.UTC(2026, 10, 22);
/** In seconds. */
const [anHour, aDay] = [3600, 86_400];

const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
};

interface Given {
  /** A planned time of its grid; none: a manual task. */
  readonly at?: number;
  readonly every?: number;
  /** Of its runs so far, oldest first; each an hour after the one before, long ago. */
  readonly minutes?: readonly number[];
  readonly bytes?: readonly number[];
  readonly outcomes?: readonly Outcome[];
  readonly copies?: readonly number[];
  readonly locked?: boolean;
}

/** In minutes. */
const lengths = { min: 1, max: 200 };
const longAgo = Date.UTC(2026, 10, 1);
const targets: TargetSpec[] = [{ kind: 'localDir' }, { kind: 'localHdfs', nameService: 'hacluster', path: '/backups' }];

function taskState(name: string, given: Given): TaskState {
  const { at, every = aDay, minutes = [], bytes = [], outcomes = [], copies = [24], locked = false } = given;
  const sources = copies.map((kept, place) => ({
    source: 'nameNode' as const,
    entry: { source: 'nameNode' as const },
    copies: kept,
    target: targets[place]!,
  }));
  const period = at === undefined ? {} : { period: { started: at, seconds: every } };
  const mode = at === undefined ? 'manual' : 'periodic';
  const spec: BackupTask = { kind: 'backup', name, cluster: '1', mode, ...period, sources };
  const runs = minutes.map((length, place) =>
    shortRun({
      label: labelAt(longAgo + place * hour),
      seconds: length * 60,
      outcome: outcomes[place] ?? 'Successful',
      trigger: 'schedule',
      bytes: bytes[place] ?? 0,
    }),
  );
  const lock = locked ? { locked: { since: longAgo } } : {};
  return { spec, creation: labelAt(longAgo), status: 'Ready', runs: runs.reverse(), ...lock };
}

function clusterWith(tasks: { readonly [name: string]: Given }): ClusterState {
  const states = Object.entries(tasks).map(([name, given]) => [name, taskState(name, given)] as const);
  return { ...newCluster(facts), tasks: Object.fromEntries(states) };
}

const told = (tasks: { readonly [name: string]: Given }, days = 1) => preview(clusterWith(tasks), midnight, days);
const ofToday = ({ days: [today] }: ReturnType<typeof preview>) => today!;

it('two tasks that collide run one after the other, and how long the second one waits is told', () => {
  const found = told({
    first: { at: midnight + 22 * hour, minutes: [30] },
    second: { at: midnight + 22 * hour + 10 * minute, minutes: [10] },
  });
  const [at, seconds] = [midnight + 22 * hour, 30 * 60];
  expect(found.next.slice(0, 2)).toEqual([
    { task: 'first', what: 'planned', planned: at, starts: at, waitsSeconds: 0, seconds },
    {
      task: 'second',
      what: 'planned',
      planned: at + 10 * minute,
      starts: at + 30 * minute,
      waitsSeconds: 20 * 60,
      seconds: 10 * 60,
    },
  ]);
  expect(ofToday(found)).toMatchObject({
    day: '2026-11-22',
    runs: 2,
    postponed: 0,
    longestWaitSeconds: 20 * 60,
    plannedSeconds: 40 * 60,
  });
  expect(found.warnings).toEqual([]);
});

it('tasks planned for the same moment run in the order of their names', () => {
  const at = midnight + hour;
  const found = told({ b: { at, minutes: [1] }, a: { at, minutes: [1] }, c: { at, minutes: [1] } });
  expect(found.next.slice(0, 3).map(({ task, waitsSeconds }) => [task, waitsSeconds])).toEqual([
    ['a', 0],
    ['b', 60],
    ['c', 120],
  ]);
});

it('of a task whose runs take longer than its period every second one is postponed', () => {
  const found = told({ slow: { at: midnight + hour / 2, every: anHour, minutes: [90] } });
  expect(found.next.slice(0, 3).map(({ what, starts, reason }) => [what, starts, reason])).toEqual([
    ['planned', midnight + hour / 2, undefined],
    ['postponed', undefined, 'its run before still went on'],
    ['planned', midnight + 2.5 * hour, undefined],
  ]);
  expect(ofToday(found)).toMatchObject({ runs: 12, postponed: 12, plannedSeconds: 24 * 90 * 60 });
  expect(found.warnings).toEqual([
    'task "slow" is planned every 1 h 0 min, but a run of it takes 1 h 30 min',
    'on 2 days, the first is 2026-11-22, more is planned than a day has hours: up to 36 h 0 min',
  ]);
});

it('a run that takes just its period is followed by the next one', () => {
  const found = told({ exact: { at: midnight + hour / 2, every: anHour, minutes: [60] } });
  expect(ofToday(found)).toMatchObject({ runs: 24, postponed: 0, longestWaitSeconds: 0 });
});

it('planned times are postponed while a run waits, and right after it has started; several in a row are warned about', () => {
  const found = told({
    blocker: { at: midnight + 10 * minute, minutes: [180] },
    hourly: { at: midnight + 11 * minute, every: anHour, minutes: [1] },
  });
  const rows = found.next.filter(({ task }) => task === 'hourly').slice(0, 5);
  expect(rows.map(({ what, waitsSeconds, reason }) => [what, waitsSeconds, reason])).toEqual([
    ['planned', 179 * 60, undefined],
    ['postponed', undefined, 'its run before still waited'],
    ['postponed', undefined, 'its run before still waited'],
    ['postponed', undefined, 'its latest run started 60 s before, more than 120 s must be between'],
    ['planned', 0, undefined],
  ]);
  expect(found.tasks[1]).toMatchObject({ task: 'hourly', postponed: 6, longestWaitSeconds: 179 * 60 });
  expect(found.warnings).toEqual([
    'task "hourly" is postponed 3 times in a row, from 2026-11-22 01:11:00 UTC on; the first time its run before still waited',
  ]);
});

it('where the queue is full a run is postponed', () => {
  const [at, minutes] = [midnight + hour, [10]];
  const state = clusterWith({ a: { at, minutes }, b: { at, minutes }, c: { at, minutes } });
  const cluster = { ...facts, settings: { ...productSettings, waitingTasks: 1 } };
  expect(preview({ ...state, cluster }, midnight, 1).next.slice(0, 3)).toMatchObject([
    { task: 'a', what: 'planned' },
    { task: 'b', what: 'planned' },
    { task: 'c', what: 'postponed', reason: 'the queue is full' },
  ]);
});

it('the oldest sets go beyond the copies; those of the runs that are known count', () => {
  const given = { at: midnight + 12 * hour, minutes: [1, 1, 1, 1], bytes: [10, 20, 99, 30], copies: [4] };
  const outcomes: Outcome[] = ['Successful', 'Successful', 'Failed', 'Successful'];
  const found = told({ nightly: { ...given, outcomes } }, 3);
  const ran = [0, 1, 3].map((place) => labelAt(longAgo + place * hour));
  const comes = (place: number) => labelAt(midnight + 12 * hour + place * day);
  const rows = found.days.map(({ sets: [one] }) => [one!.points, one!.bytes, one!.oldest, one!.newest]);
  expect(rows).toEqual([
    [4, 10 + 20 + 30 + 20, ran[0], comes(0)],
    [4, 20 + 30 + 20 + 20, ran[1], comes(1)],
    [4, 30 + 20 + 20 + 20, ran[2], comes(2)],
    [4, 20 + 20 + 20 + 20, comes(0), comes(3)],
  ]);
});

it('sets of successful runs that the cluster does not carry any more count, each with what is usual', () => {
  const nightly = { at: midnight + 12 * hour, minutes: [1, 1], bytes: [10, 30], copies: [4] };
  const ran = [0, 1].map((place) => labelAt(longAgo + place * hour));
  const before = [1, 2, 3].map((days) => labelAt(longAgo - days * day));
  const { days } = preview(clusterWith({ nightly }), midnight, 1, { older: new Map([['nightly', before]]) });
  const comes = [0, 1].map((place) => labelAt(midnight + 12 * hour + place * day));
  expect(days.map(({ sets: [one] }) => [one!.points, one!.bytes, one!.labels])).toEqual([
    [4, 20 + 10 + 30 + 20, [before[0], ...ran, comes[0]]],
    [4, 10 + 30 + 20 + 20, [...ran, ...comes]],
  ]);
});

it('of several sources the one that keeps most counts, and all kinds of target are named', () => {
  const found = told({ both: { at: midnight + hour, minutes: [1], bytes: [5], copies: [2, 3] } }, 9);
  expect(found.days.at(-1)!.sets).toMatchObject([{ targets: ['localDir', 'localHdfs'], points: 3, bytes: 15 }]);
});

it('a task that is locked or manual does not run; its sets stay', () => {
  const found = told({
    byHand: { minutes: [1], bytes: [7] },
    locked: { at: midnight + hour, minutes: [1], bytes: [5], locked: true },
  });
  expect(found.next).toEqual([]);
  expect(found.days.map(({ runs, sets }) => [runs, ...sets.map(({ bytes }) => bytes)])).toEqual([
    [0, 7, 5],
    [0, 7, 5],
  ]);
  expect(found.warnings).toEqual(['task "locked" is locked: it does not start by itself']);
});

it('the length of a run is the median of those that succeeded', () => {
  const outcomes: Outcome[] = ['Successful', 'Failed', 'Successful', 'Successful'];
  const { tasks } = told({
    even: { at: midnight, minutes: [1, 2], bytes: [10, 13] },
    odd: { at: midnight, minutes: [30, 500, 10, 11], bytes: [1, 9, 5, 3], outcomes },
  });
  expect(tasks).toMatchObject([
    { task: 'even', estimated: 'median', seconds: 90, bytes: 12 },
    { task: 'odd', estimated: 'median', seconds: 11 * 60, bytes: 3 },
  ]);
});

it('of a task without a success nothing is assumed, and that is said', () => {
  const found = told({
    failing: { at: midnight + hour, minutes: [5], outcomes: ['Failed'] },
    fresh: { at: midnight + hour },
  });
  expect(found.tasks).toMatchObject([{ estimated: 'none', seconds: 0, bytes: 0 }, { estimated: 'none' }]);
  expect(found.warnings).toEqual([
    'task "failing" had no success in its latest ten runs: its length is not known, nothing is assumed',
    'task "fresh" has not run yet: its length is not known, nothing is assumed',
  ]);
});

describe('what goes on already', () => {
  const tasks = { long: { minutes: [30], bytes: [9] }, next: { minutes: [5] } };
  const queued = (task: string) => ({ key: task, task, trigger: 'manual' as const });
  const waiting = { ...clusterWith(tasks), queue: [queued('long'), queued('next')] };
  const begin = midnight - 10 * minute;
  const running = started(waiting, nextRun(waiting, begin)!, 'run-id', begin);

  it('ends when runs of its task usually do, and those that wait come after it', () => {
    const found = preview(running, midnight, 1);
    const seconds = 5 * 60;
    expect(found.next).toEqual([
      { task: 'long', what: 'goesOn', starts: begin, seconds: 30 * 60 },
      { task: 'next', what: 'waits', starts: midnight + 20 * minute, waitsSeconds: 20 * 60, seconds },
    ]);
    expect(ofToday(found).sets).toMatchObject([{ points: 2, bytes: 18, newest: labelAt(begin) }, { points: 2 }]);
  });

  it('is taken to end now when it is late', () => {
    expect(preview(running, midnight + hour, 1).next[1]).toMatchObject({ starts: midnight + hour, waitsSeconds: 0 });
  });

  it('of unknown length is warned about: a run that the cluster did not start, a clean-up', () => {
    const strange = preview(found(waiting, begin), midnight, 1);
    expect(strange.next.map(({ starts }) => starts)).toEqual([begin, midnight, midnight + 30 * minute]);
    expect(strange.warnings).toEqual([
      'a run that this cluster did not start goes on: its length is not known, nothing is assumed',
    ]);
    const of = running.running!;
    const cleaning = { ...running, running: { ...of, kind: 'cleanUp' as const, of } };
    expect(preview(cleaning, midnight, 1).next[1]).toMatchObject({ task: 'next', starts: midnight });
    expect(ofToday(preview(cleaning, midnight, 1)).sets[0]).toMatchObject({ task: 'long', points: 1 });
    expect(preview(cleaning, midnight, 1).warnings).toEqual([
      'the clean-up behind "long" goes on: its length is not known, nothing is assumed',
    ]);
  });
});

it('a planned time that has just passed counts until it is decided', () => {
  const state = clusterWith({ nightly: { at: midnight, minutes: [1] } });
  const upTo = (plannedUpTo: number) => ({ ...state, tasks: { nightly: { ...state.tasks['nightly']!, plannedUpTo } } });
  const at = midnight + 30_000;
  expect(preview(upTo(midnight - day), at, 1).next[0]).toMatchObject({
    planned: midnight,
    starts: at,
    waitsSeconds: 30,
  });
  expect(preview(upTo(midnight), at, 1).next[0]).toMatchObject({ planned: midnight + day });
  expect(preview(upTo(midnight - day), midnight + hour, 1).next[0]).toMatchObject({ planned: midnight + day });
});

it('where clocks are put back nothing moves', () => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'Europe/Berlin';
  const at = Date.UTC(2026, 9, 24, 22);
  const { next, days } = preview(clusterWith({ nightly: { at, minutes: [1] } }), at - 1000, 2);
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
  expect(next.map(({ starts }) => starts)).toEqual([at, at + day, at + 2 * day]);
  expect(days.map((one) => [one.day, one.runs])).toEqual([
    ['2026-10-24', 1],
    ['2026-10-25', 1],
    ['2026-10-26', 1],
  ]);
});

it('a year is told day by day, the rest of today first', () => {
  const state = clusterWith({ nightly: { at: midnight + 22 * hour, minutes: [1], copies: [7] } });
  const { from, until, days, tasks } = preview(state, midnight + 23 * hour, 366);
  expect([from, until]).toEqual([midnight + 23 * hour, midnight + 367 * day]);
  expect([days.length, days[0]!.day, days.at(-1)!.day]).toEqual([367, '2026-11-22', '2027-11-23']);
  expect(days.map(({ runs }) => runs)).toEqual([0, ...Array<number>(366).fill(1)]);
  expect(days.at(-1)!.sets).toMatchObject([{ points: 7 }]);
  expect(tasks).toMatchObject([{ runs: 366, postponed: 0 }]);
});

it('a hundred hourly tasks do not make it keep more from day to day', () => {
  const names = Array.from({ length: 100 }, (_, place) => `t${place}`);
  const hourly = { at: longAgo, every: anHour, minutes: [0.5], bytes: [100] };
  const { days, next } = told(Object.fromEntries(names.map((name) => [name, hourly])), 20);
  expect(days.map(({ runs }) => runs)).toEqual([2300, ...Array<number>(20).fill(2400)]);
  expect(days.every(({ longestWaitSeconds }) => longestWaitSeconds === 99 * 30)).toBe(true);
  expect(days.every(({ sets }) => sets.every(({ points, bytes }) => points === 24 && bytes === 2400))).toBe(true);
  expect(new Set(days.slice(1).map((one) => JSON.stringify(one).length)).size).toBe(1);
  expect(next).toHaveLength(10_000);
});

/** The same, minute by minute and by whole commands: for each task its starts, and how often it is postponed. */
function byTheMinute(given: ClusterState, names: readonly string[], until: number) {
  const seen = Object.fromEntries(names.map((name) => [name, { starts: [] as number[], postponed: 0 }]));
  let state = given;
  let endsAt = Infinity;
  const startNext = (now: number) => {
    const input = nextRun(state, now);
    if (input === undefined) return;
    state = started(state, input, 'run-id', now);
    endsAt = now + parseShortRun(given.tasks[input.task]!.runs[0]!).seconds * 1000;
    seen[input.task]!.starts.push(now);
  };
  for (let now = midnight + minute; now < until; now += minute) {
    if (now >= endsAt) {
      const { kind, key, task, label, trigger, since } = state.running!;
      const result = { kind, key, task, label, trigger, outcome: 'Successful' as const, begin: since, end: now };
      state = ended(state, { status: 'completed', result: { ...result, parts: [] } }, now);
      endsAt = Infinity;
      startNext(now);
    }
    for (const task of names.filter((name) => isPlanned(periodOf(given.tasks[name]!.spec)!, now))) {
      const order = { do: 'trigger' as const, task, planned: now };
      const decision = decide(state, { key: `${task}-${now}`, at: now, replyTo: 'nobody', order }, now);
      state = decision.state;
      if (!decision.answer.accepted) seen[task]!.postponed += 1;
      startNext(now);
    }
  }
  return seen;
}

it('tells what the cluster itself would do, minute by minute', () => {
  const oneTask = fc.record({
    offset: fc.nat(300),
    every: fc.integer({ min: 3, max: 400 }),
    length: fc.integer(lengths),
  });
  fc.assert(
    fc.property(
      fc.array(oneTask, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 3 }),
      (all, waitingTasks) => {
        const tasks = all.map(({ offset, every, length }, place): [string, Given] => [
          `t${place}`,
          { at: midnight - offset * minute, every: every * 60, minutes: [length] },
        ]);
        const state = {
          ...clusterWith(Object.fromEntries(tasks)),
          cluster: { ...facts, settings: { ...productSettings, waitingTasks } },
        };
        const told = preview(state, midnight, 1);
        const seen = byTheMinute(
          state,
          tasks.map(([name]) => name),
          told.until,
        );
        for (const { task, runs, postponed } of told.tasks)
          expect([task, runs, postponed]).toEqual([task, seen[task]!.starts.length, seen[task]!.postponed]);
        for (const { task, starts } of told.next)
          if (starts !== undefined) expect(seen[task]!.starts).toContain(starts);
      },
    ),
    { numRuns: 30 },
  );
});

it('the state that it begins with is left as it was', () => {
  const state = clusterWith({ nightly: { at: midnight + hour, minutes: [90], every: anHour } });
  const before = JSON.stringify(state);
  preview(state, midnight, 3);
  expect(JSON.stringify(state)).toBe(before);
});
