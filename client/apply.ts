import type { Client } from '@temporalio/client';
import { type ClusterState, taskOf } from '../model/cluster-state';
import type { Refusal } from '../model/command';
import { BackupError } from '../model/errors';
import { isDefaultTaskName } from '../model/default-task';
import type { BackupTask } from '../model/task';
import { type Answerer, ask, refused } from './ask';
import { clusterState, type Site } from './cluster-state';
import { openDryRun } from './dry-run';
import type { FieldChange } from './field-changes';
import { someAtOnce } from './some-at-once';
import { releaserOf } from './tasks';

/** What became of one task, or would have. */
export interface Applied {
  readonly cluster: string;
  readonly task: string;
  /** `kept`: not deleted, because a task that was given for its cluster was refused. */
  readonly did: 'created' | 'changed' | 'unchanged' | 'deleted' | 'kept' | 'refused';
  readonly refusal?: Refusal;
  /** Why it was refused. */
  readonly message?: string;
  /** Of a changed task; only a dry run tells. */
  readonly changes?: readonly FieldChange[];
  /** The workflow that gives up what the task kept frozen in the cluster; of a changed task only a dry run tells. */
  readonly releasedBy?: string;
}

export interface ApplyOptions {
  /**
   * Afterwards deletes the backup tasks that are not given, in the clusters that are named by those that are; not the
   * product's default tasks. Their sets stay. In a cluster that refused a task, none is deleted.
   */
  readonly prune?: boolean | undefined;
  /** Changes nothing, and needs no worker. */
  readonly dryRun?: boolean | undefined;
}

/** What became of it, in words that also a dry run has. */
type Did = Omit<Applied, 'cluster' | 'task'>;
type Clerk = Answerer<{ readonly did: string } & Pick<Applied, 'changes' | 'releasedBy'>>;

/**
 * Makes the tasks be as given. All are tried: when some are refused the first refusal is thrown, and
 * `context.applied` tells of each task what became of it.
 */
export async function applyTasks(
  site: Site,
  tasks: readonly BackupTask[],
  { prune, dryRun }: ApplyOptions,
): Promise<Applied[]> {
  const clusters = [...new Set(tasks.map((task) => task.cluster))];
  const clerk: Clerk = dryRun === true ? await openDryRun(site, clusters) : clustersThemselves(site.client);
  const put = await someAtOnce(tasks, (task) => putTask(clerk, task));
  if (prune !== true) return requireAccepted(put);
  const pruned = await someAtOnce(clusters, (cluster) => pruneCluster(clerk, cluster, put));
  return requireAccepted([...put, ...pruned.flat()]);
}

function clustersThemselves(client: Client): Clerk {
  return {
    ask: (cluster, order) => ask(client, cluster, order),
    stateOf: (cluster) => clusterState(client, cluster),
  };
}

async function putTask(clerk: Clerk, task: BackupTask): Promise<Applied> {
  const did = await orRefused(async () => {
    const { did, changes, releasedBy } = await clerk.ask(task.cluster, { do: 'putTask', task });
    return { did: did as Applied['did'], ...(changes && { changes }), ...(releasedBy && { releasedBy }) };
  });
  return { cluster: task.cluster, task: task.name, ...did };
}

async function orRefused(work: () => Promise<Did>): Promise<Did> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BackupError) || error.context['refusal'] === undefined) throw error;
    return { did: 'refused', refusal: error.context['refusal'] as Refusal, message: error.message };
  }
}

/** A task that was refused may be the new name of one that is not given any more. */
async function pruneCluster(clerk: Clerk, cluster: string, put: readonly Applied[]): Promise<Applied[]> {
  const given = put.filter((one) => one.cluster === cluster);
  const state = await clerk.stateOf(cluster);
  const names = tasksToPrune(state, new Set(given.map(({ task }) => task)));
  if (given.some(({ did }) => did === 'refused')) return names.map((task) => ({ cluster, task, did: 'kept' }));
  return await someAtOnce(names, (name) => deleteTask(clerk, state, name));
}

function tasksToPrune({ cluster, tasks }: ClusterState, given: ReadonlySet<string>): string[] {
  const backups = Object.keys(tasks).filter((name) => tasks[name]!.spec.kind === 'backup');
  return backups.filter((name) => !given.has(name) && !isDefaultTaskName(cluster.id, name)).sort();
}

async function deleteTask(clerk: Clerk, state: ClusterState, name: string): Promise<Applied> {
  const cluster = state.cluster.id;
  const did = await orRefused(async () => {
    await clerk.ask(cluster, { do: 'deleteTask', task: name });
    return { did: 'deleted', ...releaserOf(cluster, taskOf(state, name)) };
  });
  // Somebody else was faster.
  if (did.refusal === 'unknownTask') return { cluster, task: name, did: 'deleted' };
  return { cluster, task: name, ...did };
}

function requireAccepted(applied: Applied[]): Applied[] {
  const first = applied.find(({ did }) => did === 'refused');
  if (first === undefined) return applied;
  const { kind, what, context } = refused(first.refusal!, first.message!);
  throw new BackupError(kind, what, { ...context, applied });
}
