import {
  type ApprovalRequest,
  type ClusterState,
  parseShortRun,
  type ShortRun,
  taskOf,
  type TaskState,
} from '../model/cluster-state';
import type { Label } from '../model/label';
import { keepsFrozen } from '../model/removal';
import { workflowIds } from '../model/names';
import { parseNotRun } from '../model/period';
import { nextRunOf, plannedAfter } from '../model/periodic';
import { sourcesOf, type Task, type TaskStatus } from '../model/task';
import { type Accepted, ask, keyOf, refused } from './ask';
import { lastKnownState, type Site } from './cluster-state';
import { chooseCluster } from './known-clusters';
import { checkName } from './names';
import { personNamed } from './person';
import { progressOfRunning, type ShortProgress } from './run-progress';

/** A planned time that led to no run, or several in a row, with why in words. */
export type NotRunView = ReturnType<typeof parseNotRun> & {
  /** The planned time after it, in milliseconds since 1970; absent of a task that is not periodic any more. */
  readonly next?: number;
};

/** A task as people see it. */
export interface TaskView {
  readonly cluster: string;
  readonly name: string;
  readonly kind: Task['kind'];
  readonly status: TaskStatus;
  readonly sources: readonly string[];
  readonly creation: Label;
  /** While it waits: how many runs come before its own. */
  readonly before?: number;
  /** In lists, while its run goes on: how far it is. Absent when the run does not tell: its worker may be away. */
  readonly progress?: ShortProgress;
  /** Why the latest run did not succeed. */
  readonly reason?: string;
  /** When it starts by itself next, in milliseconds since 1970: of a periodic task that is not locked. */
  readonly next?: number;
  /** Of a periodic task that does not start by itself until somebody unlocks it. */
  readonly locked?: { readonly since: number; readonly reason?: string };
  /** Its latest planned times that led to no run, newest first: ten, fewer where many tasks of the cluster have some. */
  readonly notRun: readonly NotRunView[];
  /** Of a restoration that was asked for and runs once somebody else approves it. */
  readonly awaits?: ApprovalRequest;
  /** The alarms that stand because of it, as the product numbers them. */
  readonly alarms: readonly string[];
  /** The latest ten, newest first. */
  readonly runs: readonly ShortRun[];
  readonly spec: Task;
}

export interface AskOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string | undefined;
  /** The same key gets the same answer, however often it is asked: for pipelines that start again. Default: a random one. */
  readonly key?: string | undefined;
}

/** What a cluster did when it was asked. */
export interface Done {
  readonly cluster: string;
  readonly task: string;
  readonly did: string;
}

export interface Deleted extends Done {
  /** The workflow that gives up what a task with service data kept frozen in the cluster. */
  readonly releasedBy?: string;
}

/** A run that was asked for; `waitFor` takes it. */
export interface Started extends Done {
  readonly key: string;
  /** How many runs come before it; 0: it starts at once. */
  readonly before: number;
  /** It starts when somebody else approves it, until then: milliseconds since 1970. */
  readonly awaitsUntil?: number;
}

export interface StartOptions extends AskOptions {
  /** Who asks, where a second person must approve it. Default: the operating system's user. */
  readonly as?: string | undefined;
}

export async function listTasks(site: Site, kind: Task['kind'], cluster?: string): Promise<TaskView[]> {
  const state = await lastKnownState(site, await chooseCluster(site.client, cluster));
  const going = await progressOfRunning(site.client, state);
  return Object.entries(state.tasks)
    .map(([name, task]) => viewOf(state, name, task))
    .filter((task) => task.kind === kind)
    .map((task) => (task.name === going?.task ? { ...task, progress: going.progress } : task))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export async function findTask(site: Site, kind: Task['kind'], name: string, cluster?: string): Promise<TaskView> {
  return (await findTaskIn(site, kind, name, cluster)).task;
}

/** The task, with all that its cluster knows. */
export async function findTaskIn(
  site: Site,
  kind: Task['kind'],
  name: string,
  cluster?: string,
): Promise<{ task: TaskView; state: ClusterState }> {
  checkName('task', name);
  const id = await chooseCluster(site.client, cluster);
  const state = await lastKnownState(site, id);
  const task = taskOf(state, name);
  if (task === undefined)
    throw refused(
      'unknownTask',
      `cluster ${id} has no task "${name}" HINT: "cairn ${group(kind)} list" shows what it has`,
    );
  requireKind(kind, name, task);
  return { task: viewOf(state, name, task), state };
}

export async function startTask(site: Site, kind: Task['kind'], name: string, options: StartOptions): Promise<Started> {
  const by = kind === 'restoration' ? personNamed(options.as) : undefined;
  const order = { do: 'start', task: name, trigger: 'manual', ...(by !== undefined && { by }) } as const;
  const key = keyOf(options.key, order);
  const { cluster, did, position, until } = await askAboutTask(site, kind, name, options, () => order, key);
  return { cluster, task: name, did, key, before: position ?? 0, ...(until !== undefined && { awaitsUntil: until }) };
}

export async function stopTask(site: Site, kind: Task['kind'], name: string, options: AskOptions): Promise<Done> {
  const { cluster, did } = await askAboutTask(site, kind, name, options, (task) => ({ do: 'stop', task }));
  return { cluster, task: name, did };
}

export interface LockOptions extends AskOptions {
  /** For whoever wonders later. */
  readonly reason?: string | undefined;
}

export async function lockTask(site: Site, name: string, { reason, ...options }: LockOptions): Promise<Done> {
  const because = reason === undefined ? {} : { reason };
  const { cluster, did } = await askAboutTask(site, 'backup', name, options, (task) => ({
    do: 'lock',
    task,
    ...because,
  }));
  return { cluster, task: name, did };
}

export async function unlockTask(site: Site, name: string, options: AskOptions): Promise<Done> {
  const { cluster, did } = await askAboutTask(site, 'backup', name, options, (task) => ({ do: 'unlock', task }));
  return { cluster, task: name, did };
}

export async function deleteTask(site: Site, kind: Task['kind'], name: string, options: AskOptions): Promise<Deleted> {
  const { cluster, did, known } = await askAboutTask(site, kind, name, options, (task) => ({ do: 'deleteTask', task }));
  return { cluster, task: name, did, ...releaserOf(cluster, known) };
}

/** Who gives up what a task keeps frozen in the cluster, once it is deleted. */
export function releaserOf(cluster: string, known: TaskState | undefined): Pick<Deleted, 'releasedBy'> {
  if (known === undefined || !keepsFrozen(known)) return {};
  return { releasedBy: workflowIds.releaseTask(cluster, known.spec.name, known.creation) };
}

/** The cluster itself says whether it has such a task: a key asked again gets its answer also when the task is gone. */
export async function askAboutTask(
  site: Site,
  kind: Task['kind'],
  name: string,
  options: AskOptions,
  orderOn: (task: string) => Parameters<typeof ask>[2],
  key = options.key,
): Promise<Accepted & { cluster: string; known: TaskState | undefined }> {
  checkName('task', name);
  const cluster = await chooseCluster(site.client, options.cluster);
  const known = taskOf(await lastKnownState(site, cluster), name);
  if (known !== undefined) requireKind(kind, name, known);
  return { ...(await ask(site.client, cluster, orderOn(name), key)), cluster, known };
}

/** A restoration replaces what lives: it is never reached by a command that is meant for backups. */
function requireKind(kind: Task['kind'], name: string, { spec }: TaskState): void {
  if (spec.kind === kind) return;
  throw refused('invalid', `"${name}" is a ${spec.kind} task HINT: use "cairn ${group(spec.kind)} …"`);
}

function group(kind: Task['kind']): string {
  return kind === 'backup' ? 'task' : 'restoration';
}

function viewOf(state: ClusterState, name: string, task: TaskState): TaskView {
  const { spec, status, creation, reason, locked, awaits, notRun = [] } = task;
  const next = nextRunOf(task, Date.now());
  const place = state.queue.findIndex((one) => one.task === name);
  const before = place + (state.running === undefined ? 0 : 1);
  return {
    cluster: state.cluster.id,
    name,
    kind: spec.kind,
    status,
    sources: sourcesOf(spec),
    creation,
    ...(place === -1 ? {} : { before }),
    ...(reason === undefined || reason === '' ? {} : { reason }),
    ...(next === undefined ? {} : { next }),
    ...(locked === undefined ? {} : { locked }),
    ...(awaits === undefined ? {} : { awaits }),
    notRun: notRun.map((text) => notRunView(spec, text)),
    alarms: state.alarms.filter((one) => one.task === name).map((one) => one.id),
    runs: task.runs.map(parseShortRun),
    spec,
  };
}

function notRunView(spec: Task, text: string): NotRunView {
  const parsed = parseNotRun(text);
  const next = plannedAfter(spec, parsed);
  return next === undefined ? parsed : { ...parsed, next };
}
