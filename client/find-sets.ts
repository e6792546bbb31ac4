import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ClusterState } from '../model/cluster-state';
import { taskOf } from '../model/cluster-state';
import { workflowTypes } from '../model/messages';
import { queues } from '../model/names';
import type { BackupSet, Damaged } from '../model/set';
import type { BackupTask, TargetSpec } from '../model/task';
import type { listSets } from '../workflows/sets';
import { refused } from './ask';
import { lastKnownState, type Site } from './cluster-state';
import { chooseCluster } from './known-clusters';
import { resultOfErrand } from './errand';
import { requireReach } from './workers-there';

/** A set, and where it lies; a damaged one tells its `problem`. */
export type LocatedSet = (BackupSet | Damaged) & { readonly target: TargetSpec };

export interface SetsOptions {
  /** The cluster whose tasks' sets are listed, or whose workers look at the target. */
  readonly cluster?: string | undefined;
  /** Only the sets of this task. */
  readonly task?: string | undefined;
  /** Everything that lies there, also of other clusters and of tasks that nobody knows any more. Default: the targets of the cluster's tasks. */
  readonly target?: TargetSpec | undefined;
}

/** Sets, oldest run first. Without `target`: those of the cluster's backup tasks. */
export async function findSets(site: Site, options: SetsOptions): Promise<LocatedSet[]> {
  const { client } = site;
  const cluster = await chooseCluster(client, options.cluster);
  const state = await lastKnownState(site, cluster);
  const found: LocatedSet[] = [];
  for (const { target, prefix } of placesOf(state, options)) {
    await requireReach(client, state.cluster, target);
    for await (const set of setsAt(client, cluster, target, prefix)) found.push({ ...set, target });
  }
  const wanted = options.target === undefined ? ofTasks(state) : () => true;
  return found.filter((set) => wanted(set) && (options.task === undefined || set.task === options.task)).sort(byRun);
}

export function isDamaged(set: LocatedSet): set is Damaged & { readonly target: TargetSpec } {
  return 'problem' in set;
}

interface Place {
  readonly target: TargetSpec;
  readonly prefix: string;
}

/** Sets of several clusters share a LocalBackup disk, each below its id. */
function placesOf(state: ClusterState, { target, task }: SetsOptions): Place[] {
  if (target !== undefined) return [{ target, prefix: '' }];
  const places = backupTasks(state, task).flatMap((one) =>
    one.sources.map((source) => placeOf(state.cluster.id, source.target)),
  );
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

function placeOf(cluster: string, target: TargetSpec): Place {
  return { target, prefix: target.kind === 'localDir' ? cluster : '' };
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
    const page = await resultOfErrand(client, handle);
    yield* page.sets;
    after = page.next;
  } while (after !== undefined);
}

function byRun(one: LocatedSet, other: LocatedSet): number {
  const [first, second] = [one, other].map(({ label, name }) => `${label} ${name}`) as [string, string];
  return first < second ? -1 : Number(first > second);
}
