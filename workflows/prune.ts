import type { LockedSet, Removal } from '../activities/sets';
import { workflowIds } from '../model/names';
import { askCluster } from './ask-cluster';
import { reasonOf } from './outcome';
import type { HostActivities } from './step-summaries';

/** The sets of a part that a run found to be too many. */
type Prunable = Omit<Removal, 'sets'> & {
  readonly surplus: readonly string[];
  /** How the part is written in set names, where a source has several. */
  readonly writtenAs?: string;
};

/**
 * Removes the sets beyond the copies that are kept, but for those that a reader holds. Retention is no reason to call a
 * backup failed: what could not be removed, or is locked, is a note, and is removed next time.
 */
export async function prune(steps: Pick<HostActivities, 'removeSets'>, step: Prunable): Promise<string[]> {
  const { surplus, ...removal } = step;
  if (surplus.length === 0) return [];
  try {
    const key = `prune/${step.task}/${step.label}/${step.writtenAs ?? step.source}`;
    const answer = await askCluster(workflowIds.cluster(step.cluster), key, { do: 'prune', sets: surplus });
    if (!answer.accepted) return [`older sets were not removed: ${answer.message}`];
    return notesOf(await steps.removeSets({ ...removal, sets: answer.sets ?? [] }));
  } catch (error) {
    const { reason, errorKind } = reasonOf(error);
    if (errorKind === 'cancelled') throw error;
    return [`older sets were not removed: ${reason}`];
  }
}

/** Steps of older versions answered nothing. One note for all: a task may keep many. */
function notesOf(locked: readonly LockedSet[] | undefined): string[] {
  const [oldest, ...others] = [...(locked ?? [])].sort((one, other) => (one.until < other.until ? -1 : 1));
  if (oldest === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more for longer`;
  return [`older sets stay because they are locked: ${oldest.name} until ${oldest.until}${more}`];
}
