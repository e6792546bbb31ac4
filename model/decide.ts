import type { Answer, Command, Order, Refusal } from './command';
import { type ClusterState, jsonBytes, taskOf, type TaskState, withTask } from './cluster-state';
import { labelAt } from './label';
import { allowedTargets } from './support';
import { type BuiltSource, isDataKind, sourceKinds, sourceNames } from './kinds';
import type { ClusterFacts } from './run';
import { maxStateBytes, maxTaskBytes } from './settings';
import {
  sourcesOf,
  type BackupTask,
  type RestorationTask,
  type TargetSpec,
  type Task,
  type TaskSource,
  type TaskStatus,
} from './task';

/** What a command does: the state after it, the answer, and whether the running run is to be cancelled. */
export interface Decision {
  readonly state: ClusterState;
  readonly answer: Answer;
  readonly cancelRun?: boolean;
  /** A task that was deleted, or changed, while its runs keep something frozen in the cluster: that is to be given up. */
  readonly release?: TaskState;
}

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
    : withinLimits(state, carryOut(dropOldHolds(state, now), command, now));
  return { ...decision, state: remember(decision.state, command.key, decision.answer) };
}

function isTooOld(state: ClusterState, command: Command, now: number): boolean {
  return now - command.at > state.cluster.settings.requestSeconds * 1000;
}

function carryOut(state: ClusterState, command: Command, now: number): Decision {
  const { order } = command;
  switch (order.do) {
    case 'putTask':
      return putTask(state, order, now);
    case 'deleteTask':
      return deleteTask(state, order.task);
    case 'start':
      return start(state, command.key, order);
    case 'stop':
      return stop(state, order.task);
    case 'hold':
      return hold(state, command.key, order, now);
    case 'release':
      return accept({ ...state, holds: state.holds.filter((one) => one.key !== order.hold) }, 'released');
    case 'prune':
      return prune(state, order.sets);
  }
}

function putTask(state: ClusterState, order: Extract<Order, { do: 'putTask' }>, now: number): Decision {
  const { task } = order;
  const problem = problemOf(state, task);
  if (problem !== undefined) return { state, answer: problem };
  const existing = taskOf(state, task.name);
  if (existing === undefined) return addTask(state, task, order.creation ?? labelAt(now));
  if (JSON.stringify(existing.spec) === JSON.stringify(task)) return accept(state, 'unchanged');
  if (existing.spec.kind !== task.kind)
    return refuse(state, 'invalid', `"${task.name}" is the name of a ${existing.spec.kind} task already`);
  if (task.kind === 'restoration')
    return refuse(
      state,
      'invalid',
      `the parameters of restoration task "${task.name}" can only be looked at. HINT: delete it, or take another name`,
    );
  return { ...accept(withTask(state, task.name, { spec: task }), 'changed'), ...releaseOf(existing, task) };
}

/** What the runs of a changed task keep frozen where no later run of it will look. */
function releaseOf(before: TaskState, task: BackupTask): Pick<Decision, 'release'> {
  // The view of a run that goes on is given up by that run.
  if (before.spec.kind !== 'backup' || isBusy(before.status)) return {};
  const sources = before.spec.sources.filter((one) => isDataKind(one.source) && !isKept(one, task));
  return sources.length === 0 ? {} : { release: { ...before, spec: { ...before.spec, sources } } };
}

/** A run looks for older views in the whole NameService that its entry names. */
function isKept({ source, entry }: TaskSource, { sources }: BackupTask): boolean {
  const nameService = 'nameService' in entry ? entry.nameService : undefined;
  return sources.some(
    (one) => one.source === source && 'nameService' in one.entry && one.entry.nameService === nameService,
  );
}

function addTask(state: ClusterState, task: Task, creation: string): Decision {
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
  return accept({ ...state, tasks: { ...state.tasks, [task.name]: added } }, 'created');
}

/**
 * `<task>_HDFS_<creation>` is the folder of a task's service data: the metadata of a task that is called so itself would
 * lie in a folder of that form, too.
 */
const dataEndings = sourceNames
  .filter((source) => sourceKinds[source].family === 'data')
  .map((source) => `_${sourceKinds[source].label}`);

function problemOf(state: ClusterState, task: Task): Answer | undefined {
  const bytes = jsonBytes(task);
  if (bytes > maxTaskBytes)
    return refusal(
      'tooLarge',
      `task "${task.name}" has ${bytes} bytes, ${maxTaskBytes} are possible. HINT: cut it into two tasks`,
    );
  return task.kind === 'backup' ? problemOfBackup(state, task) : problemOfRestoration(state, task);
}

function problemOfBackup({ cluster }: ClusterState, task: BackupTask): Answer | undefined {
  for (const { source, target, entry } of task.sources) {
    const allowed = allowedTargets(cluster.version, source);
    if (!allowed.includes(target.kind))
      return refusal(
        'invalid',
        `${source} of product version ${cluster.version} cannot go to ${target.kind}. HINT: possible are: ${allowed.join(', ') || 'none'}`,
      );
    const problem = problemOfEntry(cluster, source, entry) ?? problemOfTarget(cluster, target);
    if (problem !== undefined) return problem;
  }
  const twice = task.sources.find(
    (one, index) => task.sources.findIndex((other) => other.source === one.source) !== index,
  );
  return twice && refusal('invalid', `source ${twice.source} stands twice in task "${task.name}"`);
}

function problemOfEntry(
  cluster: ClusterFacts,
  source: BuiltSource,
  entry: BackupTask['sources'][number]['entry'],
): Answer | undefined {
  const service = cluster.services.nameNode;
  if (service === undefined)
    return refusal(
      'invalid',
      source === 'nameNode'
        ? `cluster ${cluster.id} has no nameNode. HINT: name it under services in the workers' cairn.yaml`
        : `cluster ${cluster.id} has no HDFS. HINT: name its nameNode under services in the workers' cairn.yaml`,
    );
  const named = entry.source === 'hdfs' ? [entry.nameService] : (entry.nameServices ?? []);
  return problemOfNameService(cluster, named);
}

/** That a target's NameService is one that the workers know. */
function problemOfTarget(cluster: ClusterFacts, target: TargetSpec): Answer | undefined {
  if (target.kind === 'localHdfs') return problemOfNameService(cluster, [target.nameService]);
  if (target.kind !== 'remoteHdfs') return undefined;
  const known = cluster.remoteHdfs ?? [];
  if (known.includes(target.nameService)) return undefined;
  return refusal(
    'invalid',
    `cluster ${cluster.id} knows no remote HDFS "${target.nameService}". HINT: name it under remoteHdfs in the workers' cairn.yaml; it has: ${known.join(', ') || 'none'}`,
  );
}

function problemOfNameService(cluster: ClusterFacts, named: readonly string[]): Answer | undefined {
  const known = cluster.services.nameNode?.nameServices ?? [];
  const unknown = named.find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  return refusal('invalid', `cluster ${cluster.id} has no NameService "${unknown}". HINT: it has: ${known.join(', ')}`);
}

function problemOfRestoration({ cluster }: ClusterState, task: RestorationTask): Answer | undefined {
  const parts = task.sets.map((set) => `${set.source} ${set.part}`.trim());
  const twice = parts.find((part, index) => parts.indexOf(part) !== index);
  if (twice !== undefined)
    return refusal('invalid', `${twice} would be restored from two sets. HINT: choose one of them`);
  const other = task.sets.find((set) => set.productVersion !== cluster.version);
  if (other !== undefined && task.anyVersion !== true)
    return refusal(
      'invalid',
      `set ${other.name} is of product version ${other.productVersion}, cluster ${cluster.id} has ${cluster.version}. HINT: the versions must be equal; --any-version restores it all the same and is recorded`,
    );
  return undefined;
}

function deleteTask(state: ClusterState, name: string): Decision {
  const task = taskOf(state, name);
  if (task === undefined) return unknownTask(state, name);
  if (isBusy(task.status)) return refuse(state, 'inUse', `task "${name}" is ${task.status}. HINT: stop it first`);
  const { [name]: _gone, ...others } = state.tasks;
  const keepsFrozen = sourcesOf(task.spec).some(isDataKind) && task.spec.kind === 'backup';
  return { ...accept({ ...state, tasks: others }, 'deleted; its sets stay'), ...(keepsFrozen && { release: task }) };
}

const startable: { readonly [kind in Task['kind']]: readonly TaskStatus[] } = {
  backup: ['Ready', 'Successful', 'Failed', 'Stopped'],
  restoration: ['Ready', 'Failed', 'Stopped'],
};

function start(state: ClusterState, key: string, order: Extract<Order, { do: 'start' }>): Decision {
  const task = taskOf(state, order.task);
  if (task === undefined) return unknownTask(state, order.task);
  if (isBusy(task.status)) return refuse(state, 'alreadyRunning', `task "${order.task}" is ${task.status} already`);
  if (!startable[task.spec.kind].includes(task.status))
    return refuse(
      state,
      'notStartable',
      `restoration task "${order.task}" was successful and never runs again. HINT: create a new one`,
    );
  const waiting = state.queue.length + (state.running === undefined ? 0 : 1);
  if (waiting > state.cluster.settings.waitingTasks)
    return refuse(
      state,
      'queueFull',
      `${state.queue.length} tasks wait in cluster ${state.cluster.id}, more are not possible. HINT: try again later, or stop one`,
    );
  const queue = [...state.queue, { key, task: order.task, trigger: order.trigger }];
  const next = withTask({ ...state, queue }, order.task, { status: 'Waiting' });
  return { state: next, answer: { accepted: true, did: waiting === 0 ? 'started' : 'waiting', position: waiting } };
}

function stop(state: ClusterState, name: string): Decision {
  const task = taskOf(state, name);
  if (task === undefined) return unknownTask(state, name);
  if (state.running?.task === name && state.running.kind !== 'cleanUp')
    return { ...accept(state, 'stopping'), cancelRun: true };
  if (!state.queue.some((one) => one.task === name))
    return refuse(state, 'notRunning', `task "${name}" is neither running nor waiting`);
  const queue = state.queue.filter((one) => one.task !== name);
  return accept(
    withTask({ ...state, queue }, name, { status: 'Stopped', reason: 'stopped while it waited' }),
    'stopped',
  );
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

/** What would not fit any more is refused, because a state that is too large can never be carried over. */
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
  const short = answer.accepted ? { accepted: answer.accepted, did: answer.did } : answer;
  const known = answer.accepted && answer.position !== undefined ? { ...short, position: answer.position } : short;
  return { ...state, recent: [...state.recent, { key, answer: known }].slice(-kept.answers) };
}

function isBusy(status: TaskStatus): boolean {
  return status === 'Waiting' || status === 'Running';
}

function unknownTask(state: ClusterState, name: string): Decision {
  return refuse(
    state,
    'unknownTask',
    `cluster ${state.cluster.id} has no task "${name}". HINT: "cairn task list" and "cairn restoration list" show what it has`,
  );
}

function accept(state: ClusterState, did: string): Decision {
  return { state, answer: { accepted: true, did } };
}

function refuse(state: ClusterState, code: Refusal, message: string): Decision {
  return { state, answer: refusal(code, message) };
}

function refusal(code: Refusal, message: string): Answer {
  return { accepted: false, refusal: code, message };
}
