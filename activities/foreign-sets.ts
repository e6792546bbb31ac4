import { BackupError } from '../model/errors';
import type { BackupTarget } from '../model/target';
import { folderOf } from '../sets/layout';
import { ownerOf } from '../sets/owner';
import { listSetsOfPart } from '../sets/set-names';

/**
 * Refuses (`conflict`) to make a set in a folder where sets of another cluster lie: two clusters may have tasks of one name
 * and one path, and would remove each other's sets.
 */
export async function refuseForeignFolder(target: BackupTarget, name: string, cluster: string): Promise<void> {
  const sets = await listSetsOfPart(target, name);
  refuseForeignOwner(name, await ownerOf(target, sets.map((set) => set.name).reverse()), cluster);
}

/** Refuses likewise a set that stands under this name and that another cluster made. */
export function refuseForeignOwner(name: string, owner: string | undefined, cluster: string): void {
  if (owner === undefined || owner === cluster) return;
  throw new BackupError('conflict', `${folderOf(name)} on the target holds sets of cluster ${owner}`, {
    hint: 'give the task another name, or its target another path: clusters do not share folders',
  });
}
