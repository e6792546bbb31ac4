import type { Answer, Command, Order } from './command';
import { type ClusterState, jsonBytes, taskOf, type TaskState, withTask } from './cluster-state';
import { clear, leftUnknown } from './alarms';
import { approve, askForApproval, needsApproval, reject, withdraw } from './approval';
import { accept, type Decision, isBusy, refuse, unknownTask } from './decision';
import { labelAt } from './label';
import { isDataKind, sourceKinds, sourceNames } from './kinds';
import { dropPassed } from './passing';
import { mirrored } from './mirrors';
import { pause, resume } from './pause';
import { lock, periodOf, planAnew, trigger, unlock, unsynced } from './periodic';
import { keepsFrozen, refuseRemoved, removeCluster } from './removal';
import { answerOfRun, enqueue, takeOut } from './waiting';
import { ordered } from './restore-rules';
import { maxStateBytes } from './settings';
import { problemOf } from './task-problems';
import { type BackupTask, type Task, type TaskSource, type TaskStatus } from './task';

export type { Decision } from './decision';

/** How many answers and holds are kept; older ones are forgotten. */
const kept = { answers: 60, holds: 40 };

/**
 * Decides one command. Pure: the same state, command and time give the same decision.
 * The key is compared before anything else; a command that is refused changes nothing but the list of answers.
 */
export function decide(state: ClusterState, command: Command, now: number): Decision {
  const before = state.recent.find((entry) => entry.key === command.key);
  if (before !== undefined) return { state, answer: before.answer };
  const decision = isTooOld(state, command, now)
    ? refuse(state, 'tooOld', `the request is ${Math.round((now - command.at) / 1000)} s old. HINT: ask again`)
    : carryOut(dropPassed(dropOldHolds(state, now), now), command, now);
  // These need no memory of their answers, and would push out those that pipelines ask for again.
  if (['trigger', 'mirrored'].includes(command.order.do)) return decision;
  return { ...decision, state: remember(decision.state, command.key, decision.answer) };
}

function isTooOld(state: ClusterState, command: Command, now: number): boolean {
  // A planned time is decided once, whoever asks again; one that comes late is told as that.
  if (command.order.do === 'trigger') return false;
  return now - command.at > state.cluster.settings.requestSeconds * 1000;
}

function carryOut(state: ClusterState, command: Command, now: number): Decision {
  const { order } = command;
  if (state.removed !== undefined && !['release', 'resume', 'removeCluster'].includes(order.do))
    return refuseRemoved(state);
  switch (order.do) {
    case 'putTask':
      return withinLimits(state, putTask(state, order, now));
    case 'deleteTask':
      return deleteTask(state, order.task, now);
    case 'start':
      return start(state, command.key, order, now);
    case 'stop':
      return stop(state, order.task, now);
    case 'approve':
      return approve(state, order, now);
    case 'reject':
      return reject(state, order, now);
    case 'trigger':
      return trigger(state, command.key, order, now);
    case 'lock':
      return lock(state, order, now);
    case 'unlock':
      return unlock(state, order.task, now);
    case 'hold':
      return hold(state, command.key, order, now);
    case 'release':
      return accept({ ...state, holds: state.holds.filter((one) => one.key !== order.hold) }, 'released');
    case 'pause':
      return pause(state, order, now);
    case 'resume':
      return resume(state, order);
    case 'removeCluster':
      return removeCluster(state, now);
    case 'prune':
      return prune(state, order.sets);
    case 'mirrored':
      return accept(mirrored(state, order.report, now), 'noted');
  }
}

function putTask(state: ClusterState, order: Extract<Order, { do: 'putTask' }>, now: number): Decision {
  const task = order.task.kind === 'restoration' ? ordered(order.task) : order.task;
  const problem = problemOf(state, task);
  if (problem !== undefined) return { state, answer: problem };
  const existing = taskOf(state, task.name);
  const surprise = surpriseOf(state, order);
  if (surprise !== undefined) return refuse(state, 'inUse', surprise);
  if (existing === undefined) return addTask(state, task, order.creation ?? labelAt(now), now);
  if (JSON.stringify(existing.spec) === JSON.stringify(task)) return accept(state, 'unchanged');
  if (existing.spec.kind !== task.kind)
    return refuse(state, 'invalid', `"${task.name}" is the name of a ${existing.spec.kind} task already`);
  if (task.kind === 'restoration')
    return refuse(
      state,
      'invalid',
      `the parameters of restoration task "${task.name}" can only be looked at. HINT: delete it, or take another name`,
    );
  const changed = withTask(state, task.name, { spec: task });
  return { ...accept(replanned(changed, existing, now), 'changed'), ...releaseOf(existing, task) };
}

/** How what is there is not what whoever asks has seen; undefined when it is, and for those who did not look. */
function surpriseOf(state: ClusterState, { task, instead }: Extract<Order, { do: 'putTask' }>): string | undefined {
  if (instead === undefined) return undefined;
  const found = taskOf(state, task.name)?.spec ?? null;
  if (JSON.stringify(found) === JSON.stringify(instead)) return undefined;
  return instead === null
    ? `cluster ${state.cluster.id} has a task "${task.name}" already. HINT: take another name, or change that one`
    : `somebody changed or deleted task "${task.name}" meanwhile. HINT: look at it, and ask again`;
}

/** A task that has another grid now, or none any more, or begins to have one. */
function replanned(state: ClusterState, { spec: before }: TaskState, now: number): ClusterState {
  const { name } = before;
  const after = taskOf(state, name)!;
  if (JSON.stringify(periodOf(before)) === JSON.stringify(periodOf(after.spec))) return state;
  const { locked: _gone, plannedUpTo: _before, ...manual } = after;
  const stripped = periodOf(after.spec) === undefined ? { ...state, tasks: { ...state.tasks, [name]: manual } } : state;
  return planAnew(clear(stripped, name, '12034'), name, now);
}

/** What the runs of a changed task keep frozen where no later run of it will look. */
function releaseOf(before: TaskState, task: BackupTask): Pick<Decision, 'releases'> {
  // The view of a run that goes on is given up by that run.
  if (before.spec.kind !== 'backup' || isBusy(before.status)) return {};
  const sources = before.spec.sources.filter((one) => isDataKind(one.source) && !isKept(one, task));
  return sources.length === 0 ? {} : { releases: [{ ...before, spec: { ...before.spec, sources } }] };
}

/** A run looks for older views in the whole NameService that its entry names. */
function isKept({ source, entry }: TaskSource, { sources }: BackupTask): boolean {
  const nameService = 'nameService' in entry ? entry.nameService : undefined;
  return sources.some(
    (one) => one.source === source && 'nameService' in one.entry && one.entry.nameService === nameService,
  );
}

function addTask(state: ClusterState, task: Task, creation: string, now: number): Decision {
  const ending = task.kind === 'backup' ? dataEndings.find((one) => task.name.endsWith(one)) : undefined;
  if (ending !== undefined)
    return refuse(
      state,
      'invalid',
      `the name of backup task "${task.name}" ends with "${ending}", as folders of service data do. HINT: take another name`,
    );
  const ofItsKind = Object.values(state.tasks).filter((one) => one.spec.kind === task.kind).length;
  const limit = state.cluster.settings.tasksOfAKind;
  if (ofItsKind >= limit)
    return refuse(
      state,
      'limit',
      `cluster ${state.cluster.id} has ${limit} ${task.kind} tasks already. HINT: delete one first`,
    );
  const added: TaskState = { spec: task, creation, status: 'Ready', runs: [] };
  const next = { ...state, tasks: { ...state.tasks, [task.name]: added } };
  return accept(periodOf(task) === undefined ? next : planAnew(next, task.name, now), 'created');
}

/**
 * `<task>_HDFS_<creation>` is the folder of a task's service data: the metadata of a task that is called so itself would
 * lie in a folder of that form, too.
 */
const dataEndings = sourceNames
  .filter((source) => sourceKinds[source].family === 'data')
  .map((source) => `_${sourceKinds[source].label}`);

function deleteTask(before: ClusterState, name: string, now: number): Decision {
  const task = taskOf(before, name);
  if (task === undefined) return settle(before, name);
  if (isBusy(task.status)) return refuse(before, 'inUse', `task "${name}" is ${task.status}. HINT: stop it first`);
  const state = withdraw(before, name, 'the task was deleted', now) ?? before;
  const { [name]: _gone, ...others } = state.tasks;
  const gone = clear({ ...state, tasks: others }, name, '12034', '12035');
  const left = periodOf(task.spec) === undefined ? gone : unsynced(gone, name);
  const did = leftUnknown(state, name) ? `deleted; its sets stay; ${settled}` : 'deleted; its sets stay';
  return { ...accept(left, did), ...(keepsFrozen(task) && { releases: [task] }) };
}

const settled =
  'ALM-12035 is cleared with it: make sure by hand that what it was to restore is in order, nothing else tells of it any more';

/** Older versions kept this alarm when its task was deleted: deleting it once more clears it. */
function settle(state: ClusterState, name: string): Decision {
  return leftUnknown(state, name) ? accept(clear(state, name, '12035'), settled) : unknownTask(state, name);
}

const startable: { readonly [kind in Task['kind']]: readonly TaskStatus[] } = {
  backup: ['Ready', 'Successful', 'Failed', 'Stopped'],
  restoration: ['Ready', 'Failed', 'Stopped'],
};

function start(state: ClusterState, key: string, order: Extract<Order, { do: 'start' }>, now: number): Decision {
  const answer = answerOfRun(state, key);
  if (answer !== undefined) return { state, answer };
  const task = taskOf(state, order.task);
  if (task === undefined) return unknownTask(state, order.task);
  if (isBusy(task.status)) return refuse(state, 'alreadyRunning', `task "${order.task}" is ${task.status} already`);
  if (!startable[task.spec.kind].includes(task.status))
    return refuse(
      state,
      'notStartable',
      `restoration task "${order.task}" was successful and never runs again. HINT: create a new one`,
    );
  if (needsApproval(state, task)) return askForApproval(state, key, order, now);
  return enqueue(state, { key, task: order.task, trigger: order.trigger });
}

function stop(state: ClusterState, name: string, now: number): Decision {
  if (taskOf(state, name) === undefined) return unknownTask(state, name);
  const ended = takeOut(state, name, 'stopped while it waited', now);
  if (ended !== undefined) return ended;
  const withdrawn = withdraw(state, name, 'withdrawn while it awaited approval', now);
  if (withdrawn !== undefined) return accept(withdrawn, 'withdrawn');
  return refuse(state, 'notRunning', `task "${name}" is neither running nor waiting`);
}

function hold(state: ClusterState, key: string, order: Extract<Order, { do: 'hold' }>, now: number): Decision {
  if (state.holds.length >= kept.holds)
    return refuse(
      state,
      'limit',
      `${kept.holds} readers hold sets of cluster ${state.cluster.id}. HINT: try again when one has ended`,
    );
  const until = now + order.seconds * 1000;
  return accept({ ...state, holds: [...state.holds, { key, sets: order.sets, until }] }, 'held');
}

function prune(state: ClusterState, sets: readonly string[]): Decision {
  const held = new Set(state.holds.flatMap((one) => one.sets));
  return { state, answer: { accepted: true, did: 'pruning', sets: sets.filter((name) => !held.has(name)) } };
}

function dropOldHolds(state: ClusterState, now: number): ClusterState {
  const holds = state.holds.filter((one) => one.until > now);
  return holds.length === state.holds.length ? state : { ...state, holds };
}

/**
 * What would not fit any more is refused, because a state that is too large can never be carried over. Looked at only
 * where a task is put: all else that is kept has its bounds, and measuring the whole for each command takes too long.
 */
function withinLimits(before: ClusterState, decision: Decision): Decision {
  if (decision.state === before || !decision.answer.accepted) return decision;
  if (jsonBytes(decision.state) <= maxStateBytes) return decision;
  return refuse(
    before,
    'limit',
    `the tasks of cluster ${before.cluster.id} take more than ${maxStateBytes} bytes in all. HINT: delete tasks that are no longer needed`,
  );
}

function remember(state: ClusterState, key: string, answer: Answer): ClusterState {
  return { ...state, recent: [...state.recent, { key, answer: inShort(answer) }].slice(-kept.answers) };
}

/** Without the names of sets. */
function inShort(answer: Answer): Answer {
  if (!answer.accepted) return answer;
  const { did, position, until } = answer;
  return { accepted: true, did, ...(position !== undefined && { position }), ...(until !== undefined && { until }) };
}
