import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { ClusterState } from '../model/cluster-state';
import { taskOf } from '../model/cluster-state';
import { BackupError } from '../model/errors';
import { workflowTypes } from '../model/messages';
import { localFolderOf, queues } from '../model/names';
import type { BackupSet, Damaged } from '../model/set';
import type { BackupTask, TargetSpec } from '../model/task';
import type { listSets } from '../workflows/sets';
import { refused } from './ask';
import { lastKnownState, type Site } from './cluster-state';
import { chooseCluster } from './known-clusters';
import { resultOfErrand, somePatienceMs } from './errand';
import { failureOf } from './failures';
import { mirrorNote } from './mirrors';
import { targetText } from './words';
import { requireReach } from './workers-there';

/** A set, and where it lies; a damaged one tells its `problem`. */
export type LocatedSet = (BackupSet | Damaged) & { readonly target: TargetSpec };

/** A target whose sets cannot be listed now, and why. */
export interface Unreachable {
  readonly target: TargetSpec;
  readonly error: BackupError;
}

export interface SetsOptions {
  /** The cluster whose tasks' sets are listed, or whose workers look at the target. */
  readonly cluster?: string | undefined;
  /** Only the sets of this task. */
  readonly task?: string | undefined;
  /** Only these; `missing` when one is not there. */
  readonly names?: readonly string[] | undefined;
  /** Everything that lies there, also of other clusters and of tasks that nobody knows any more. Default: the targets of the cluster's tasks. */
  readonly target?: TargetSpec | undefined;
  /** Called for each target whose sets cannot be listed while those of others can. Without it, that is thrown. */
  readonly onUnreachable?: ((place: Unreachable) => void) | undefined;
}

/** Sets, oldest run first. Without `target`: those of the cluster's backup tasks. */
export async function findSets(site: Site, options: SetsOptions): Promise<LocatedSet[]> {
  const { sets, unreachable } = await lookForSets(site, options);
  const { onUnreachable } = options;
  if (onUnreachable === undefined && unreachable.length > 0) throw unreachable[0]!.error;
  unreachable.forEach((place) => onUnreachable?.(place));
  return sets;
}

/** The sets that can be seen, and the targets where there may be more. Throws when none of the targets can be looked at. */
export async function lookForSets(
  site: Site,
  options: SetsOptions,
): Promise<{ sets: LocatedSet[]; unreachable: readonly Unreachable[] }> {
  const cluster = await chooseCluster(site.client, options.cluster);
  const state = await lastKnownState(site, cluster);
  const places = placesOf(state, options);
  const note = places.some(({ target }) => target.kind === 'localDir')
    ? await mirrorNote(site.client, state)
    : undefined;
  if (note !== undefined) site.note(note);
  const looks = await Promise.all(places.map((place) => lookAt(site.client, state, place)));
  const unreachable = looks.flatMap((look) => ('error' in look ? [look] : []));
  if (unreachable.length > 0 && unreachable.length === places.length) throw noneReachable(unreachable);
  const wanted = options.target === undefined ? ofTasks(state) : () => true;
  const found = looks.flatMap((look) => ('sets' in look ? look.sets : []));
  const sets = found.filter((set) => wanted(set) && (options.task === undefined || set.task === options.task));
  return { sets: sets.sort(byRun), unreachable };
}

export function isDamaged(set: LocatedSet): set is Damaged & { readonly target: TargetSpec } {
  return 'problem' in set;
}

export interface Place {
  readonly target: TargetSpec;
  readonly prefix: string;
}

async function lookAt(
  client: Client,
  { cluster }: ClusterState,
  { target, prefix }: Place,
): Promise<{ sets: LocatedSet[] } | Unreachable> {
  try {
    await requireReach(client, cluster, target);
    const sets: LocatedSet[] = [];
    for await (const set of setsAt(client, cluster.id, target, prefix)) sets.push({ ...set, target });
    return { sets };
  } catch (error) {
    return { target, error: reasonAt(target, error) };
  }
}

/** Why a target cannot be looked at; what is no fault of the target's is thrown on. */
function reasonAt(target: TargetSpec, error: unknown): BackupError {
  const reason = error instanceof WorkflowFailedError ? failureOf(error, '') : error;
  if (!(reason instanceof BackupError)) throw error;
  const what = `the sets on ${targetText(target)} cannot be listed: ${reason.what}`;
  return new BackupError(reason.kind, what, reason.context, { cause: error });
}

function noneReachable(unreachable: readonly Unreachable[]): BackupError {
  const [{ error }, ...others] = unreachable as [Unreachable, ...Unreachable[]];
  if (others.length === 0) return error;
  const lines = unreachable.map((one) => `  ${one.error.message}\n`).join('');
  return new BackupError(error.kind, `none of ${unreachable.length} targets can be looked at:\n${lines}`);
}

/** Where the cluster's tasks keep sets, or the target that is named. Sets of several clusters share a LocalBackup disk, each below its id. */
export function placesOf(state: ClusterState, { target, task }: Pick<SetsOptions, 'target' | 'task'>): Place[] {
  if (target !== undefined) return [{ target, prefix: '' }];
  const places = backupTasks(state, task).flatMap((one) =>
    one.sources.map((source) => placeOf(state.cluster.id, source.target)),
  );
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

function placeOf(cluster: string, target: TargetSpec): Place {
  return { target, prefix: target.kind === 'localDir' ? localFolderOf(cluster) : '' };
}

function backupTasks(state: ClusterState, name: string | undefined): BackupTask[] {
  if (name !== undefined && taskOf(state, name) === undefined)
    throw refused(
      'unknownTask',
      `cluster ${state.cluster.id} has no task "${name}" HINT: --target lists what lies on a target without any task`,
    );
  const specs = Object.values(state.tasks).map(({ spec }) => spec);
  return specs.filter(
    (spec): spec is BackupTask => spec.kind === 'backup' && (name === undefined || spec.name === name),
  );
}

/** True for the sets that the cluster's present tasks made: a task made anew under an old name has another creation time. */
function ofTasks(state: ClusterState): (set: LocatedSet) => boolean {
  return (set) => {
    const isOwn = isDamaged(set) || set.cluster === state.cluster.id;
    return isOwn && taskOf(state, set.task)?.creation === set.creation;
  };
}

async function* setsAt(
  client: Client,
  cluster: string,
  target: TargetSpec,
  prefix: string,
): AsyncGenerator<BackupSet | Damaged> {
  let after: string | undefined;
  do {
    const handle = await client.workflow.start<typeof listSets>(workflowTypes.listSets, {
      workflowId: `list/${cluster}/${randomUUID()}`,
      taskQueue: queues.control,
      args: [{ cluster, target, prefix, ...(after === undefined ? {} : { after }) }],
      workflowExecutionTimeout: '2 minutes',
      staticSummary: `list sets on ${target.kind} of cluster ${cluster}`,
    });
    const page = await resultOfErrand(client, handle, { patienceMs: somePatienceMs });
    yield* page.sets;
    after = page.next;
  } while (after !== undefined);
}

function byRun(one: LocatedSet, other: LocatedSet): number {
  const [first, second] = [one, other].map(({ label, name }) => `${label} ${name}`) as [string, string];
  return first < second ? -1 : Number(first > second);
}
