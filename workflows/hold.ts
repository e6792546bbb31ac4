import { CancellationScope } from '@temporalio/workflow';
import { workflowIds } from '../model/names';
import type { RestorePartInput } from '../model/run';
import type { ChosenSet } from '../model/task';
import { askCluster } from './ask-cluster';

/** How long the owner of sets is asked to leave them alone: service data of many terabytes is read for days. */
const holdSeconds = 7 * 24 * 3600;

export interface Holding {
  /** Workflow id of the cluster whose retention could remove them; undefined when there is none, or when that waits for this run. */
  readonly owner: string | undefined;
  /** The same for all attempts. */
  readonly key: string;
  readonly sets: readonly string[];
}

/** Does something with sets while their owner leaves them alone. An owner that does not answer holds nothing, and is no error. */
export async function whileHeld<T>({ owner, key, sets }: Holding, work: () => Promise<T>): Promise<T> {
  if (owner === undefined) return await work();
  await askCluster(owner, key, { do: 'hold', sets, seconds: holdSeconds });
  try {
    return await work();
  } finally {
    await CancellationScope.nonCancellable(() => askCluster(owner, `${key}/release`, { do: 'release', hold: key }));
  }
}

/** Whose retention could remove a set that a run restores: its own cluster's waits for the run anyway. */
export function ownerOf({ cluster }: Pick<RestorePartInput, 'cluster'>, set: ChosenSet): string | undefined {
  return set.cluster === cluster.id ? undefined : workflowIds.cluster(set.cluster);
}
