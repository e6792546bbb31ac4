import { raise } from './alarms';
import { type ClusterState, taskOf, type TaskState, withTask } from './cluster-state';
import type { Order } from './command';
import { accept, type Decision, refuse, unknownTask } from './decision';
import { labelAt, timeOf } from './label';
import {
  isPlanned,
  lastPlanned,
  nextPlanned,
  type NotRun,
  notRun,
  type Period,
  plannedBetween,
  type PlannedTimes,
  shortNotRun,
  type Why,
  whyText,
} from './period';
import { productSettings } from './settings';
import type { Task } from './task';
import { labelText } from './text';
import { enqueue, takeOut } from './waiting';

/** How many planned times that led to no run are kept: of a task, and of all tasks of a cluster together (decision 17). */
const keptNotRun = { least: 3, most: 10, ofAll: 300 };

/** A planned time that nobody asked for is called missed when a request for it would be too late by so much more. */
const marginSeconds = 60;

/** The grid of a periodic task; undefined for one that runs by hand only. */
export function periodOf(spec: Task): Period | undefined {
  return spec.kind === 'backup' ? spec.period : undefined;
}

/** When a task runs by itself next; undefined when it does not. */
export function nextRunOf({ spec, locked }: TaskState, now: number): number | undefined {
  const period = periodOf(spec);
  return period === undefined || locked !== undefined ? undefined : nextPlanned(period, now);
}

/** The planned time of a task's present grid that comes after those that led to no run; undefined when it has none any more. */
export function plannedAfter(spec: Task, { planned, times }: Pick<NotRun, 'planned' | 'times'>): number | undefined {
  const period = periodOf(spec);
  return period && nextPlanned(period, timeOf(planned) + (times - 1) * period.seconds * 1000);
}

/** A task whose grid begins anew: planned times that have passed are no concern of it. Its schedule is to be looked at. */
export function planAnew(state: ClusterState, name: string, now: number): ClusterState {
  const task = taskOf(state, name);
  const period = task && periodOf(task.spec);
  return unsynced(period === undefined ? state : withTask(state, name, { plannedUpTo: upTo(period, now) }), name);
}

/** Before the first planned time: just before that. */
function upTo(period: Period, now: number): number {
  return lastPlanned(period, now) ?? period.started - period.seconds * 1000;
}

/**
 * A planned time has come (product facts §2): the run gets its place in the queue, or is postponed to the next period.
 * Waiting in the queue does not make a run late. A planned time is decided once, whoever asks again.
 */
export function trigger(
  before: ClusterState,
  key: string,
  { task: name, planned }: Extract<Order, { do: 'trigger' }>,
  now: number,
): Decision {
  const task = taskOf(before, name);
  if (task === undefined) return unknownTask(before, name);
  const period = periodOf(task.spec);
  if (period === undefined || !isPlanned(period, planned))
    return refuse(
      before,
      'notPlanned',
      `${labelText(labelAt(planned))} is no planned time of task "${name}". HINT: "cairn task start ${name}" starts it by hand`,
    );
  if (task.locked !== undefined)
    return refuse(before, 'locked', `task "${name}" is locked. HINT: "cairn task unlock ${name}"`);
  if (planned <= (task.plannedUpTo ?? -Infinity)) return accept(before, 'decided already');
  if (planned > now + latenessOf(before) * 1000)
    return refuse(
      before,
      'notPlanned',
      `the planned time ${labelText(labelAt(planned))} of task "${name}" is still to come. HINT: "cairn task start ${name}" starts it now`,
    );
  const state = withTask(recordMissed(before, name, planned - 1, now), name, { plannedUpTo: planned });
  const why = whyPostponed(state, task, planned, now);
  if (why !== undefined) return postpone(state, name, period, planned, why);
  const decision = enqueue(state, { key, task: name, trigger: 'schedule' });
  return decision.answer.accepted ? decision : postpone(state, name, period, planned, { because: 'full' });
}

function whyPostponed(
  state: ClusterState,
  { status, lastLabel }: TaskState,
  planned: number,
  now: number,
): Why | undefined {
  const { intervalSeconds = productSettings.intervalSeconds } = state.cluster.settings;
  if (status === 'Waiting') return { because: 'waited' };
  if (status === 'Running') return { because: 'wentOn' };
  const late = (now - planned) / 1000;
  const allowed = latenessOf(state);
  if (late > allowed) return { because: 'late', seconds: Math.ceil(late), allowed };
  // Either way: also when the clock went back.
  const since = lastLabel === undefined ? Infinity : Math.abs(now - timeOf(lastLabel)) / 1000;
  if (since > intervalSeconds) return undefined;
  return { because: 'near', seconds: Math.floor(since), allowed: intervalSeconds };
}

/** Seconds that a periodic run may come after its planned time. */
export function latenessOf({ cluster: { settings } }: ClusterState): number {
  return settings.latenessSeconds ?? productSettings.latenessSeconds;
}

function postpone(state: ClusterState, name: string, period: Period, planned: number, why: Why): Decision {
  const next = labelText(labelAt(nextPlanned(period, planned)));
  const once = { count: 1, first: planned, last: planned };
  return refuse(
    recordNotRun(state, name, notRun('postponed', once, why)),
    'postponed',
    `the run of task "${name}" planned for ${labelText(labelAt(planned))} is postponed to ${next}: ${whyText(why)}`,
  );
}

function recordNotRun(state: ClusterState, name: string, one: NotRun): ClusterState {
  const before = taskOf(state, name)?.notRun ?? [];
  return withRoom(withTask(state, name, { notRun: [shortNotRun(one), ...before] }));
}

/** Of each task the newest; fewer where many tasks have some, so that what is carried stays within its limit. */
function withRoom(state: ClusterState): ClusterState {
  const having = Object.entries(state.tasks).filter(([, { notRun = [] }]) => notRun.length > 0);
  const { least, most, ofAll } = keptNotRun;
  const room = Math.max(least, Math.min(most, Math.floor(ofAll / having.length)));
  const tooMany = having.filter(([, { notRun = [] }]) => notRun.length > room);
  return tooMany.reduce((so, [name, { notRun = [] }]) => withTask(so, name, { notRun: notRun.slice(0, room) }), state);
}

/**
 * Planned times that nobody asked for are *missed*: the server or its schedule was not there, or no worker was. Each
 * stands in its task's history, and raises ALM-12034.
 */
export function noticeMissed(state: ClusterState, now: number): ClusterState {
  return Object.keys(state.tasks).reduce((so, name) => recordMissed(so, name, missedUntil(state, now), now), state);
}

function missedUntil(state: ClusterState, now: number): number {
  return now - (latenessOf(state) + state.cluster.settings.requestSeconds + marginSeconds) * 1000;
}

function recordMissed(state: ClusterState, name: string, until: number, now: number): ClusterState {
  const missed = undecided(state, name, until);
  if (missed === undefined) return state;
  const recorded = recordNotRun(state, name, notRun('missed', missed, { because: 'unasked' }));
  const times = missed.count === 1 ? 'a planned run' : `${missed.count} planned runs`;
  const text = `${times} did not take place, from ${labelText(labelAt(missed.first))} on`;
  return raise(withTask(recorded, name, { plannedUpTo: missed.last }), { id: '12034', task: name, raised: now, text });
}

/** Its planned times up to then that nothing was decided of yet. While it is locked there are none. */
function undecided(state: ClusterState, name: string, until: number): PlannedTimes | undefined {
  const { spec, locked, plannedUpTo } = taskOf(state, name)!;
  const period = periodOf(spec);
  if (period === undefined || locked !== undefined || plannedUpTo === undefined) return undefined;
  return plannedBetween(period, plannedUpTo, until);
}

/** From now on it never starts by itself; what it does is ended (the product's Suspend, product facts §10). */
export function lock(
  state: ClusterState,
  { task: name, reason }: Extract<Order, { do: 'lock' }>,
  now: number,
): Decision {
  const task = taskOf(state, name);
  if (task === undefined) return unknownTask(state, name);
  if (periodOf(task.spec) === undefined)
    return refuse(state, 'invalid', `task "${name}" is not periodic: it never starts by itself`);
  const locked = { since: now, ...(reason === undefined ? {} : { reason: reason.slice(0, longestReason) }) };
  const decided = decideBeforeLock(state, name, now);
  const next = unsynced(withTask(decided, name, { locked }), name);
  const ended = takeOut(next, name, 'stopped while it waited: the task was locked', now);
  if (ended === undefined) return accept(next, task.locked === undefined ? 'locked' : 'locked already');
  return { ...ended, answer: { accepted: true, did: `locked; its run is ${ended.cancelRun ? 'being ' : ''}stopped` } };
}

/**
 * Planned times that passed before a lock would be no gap any more once the task is locked: what was missed is told, and
 * what may still be asked for, and would be refused then.
 */
function decideBeforeLock(before: ClusterState, name: string, now: number): ClusterState {
  const state = recordMissed(before, name, missedUntil(before, now), now);
  const asked = undecided(state, name, now);
  if (asked === undefined) return state;
  const recorded = recordNotRun(state, name, notRun('postponed', asked, { because: 'locked' }));
  return withTask(recorded, name, { plannedUpTo: asked.last });
}

/** It starts by itself again at its next planned time; those that passed while it was locked are no concern of it. */
export function unlock(state: ClusterState, name: string, now: number): Decision {
  const task = taskOf(state, name);
  if (task === undefined) return unknownTask(state, name);
  if (task.locked === undefined) return accept(state, 'not locked');
  const { locked: _gone, ...rest } = task;
  return accept(planAnew({ ...state, tasks: { ...state.tasks, [name]: rest } }, name, now), 'unlocked');
}

const longestReason = 80;

/** The schedule of this task is to be looked at: the server may have another one than the task says. */
export function unsynced(state: ClusterState, name: string): ClusterState {
  return { ...state, unsynced: [...(state.unsynced ?? []).filter((one) => one !== name), name] };
}
