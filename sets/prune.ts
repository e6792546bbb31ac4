import { BackupError } from '../model/errors';
import { labelPattern, type Label } from '../model/label';
import type { BackupTarget } from '../model/target';
import { namesOf, parseSetName, setOfArchive } from './layout';
import { listRemains } from './list';

/**
 * Removes a set: the manifest first, which un-makes it in one step, then the archive. When it is cut off in
 * between, the archive is remains, not half a set. May be repeated; a set that is gone is fine.
 */
export async function removeSet(target: BackupTarget, name: string): Promise<void> {
  const { manifest, archive } = namesOf(name);
  await target.remove(manifest);
  await target.remove(archive);
}

/**
 * Removes what the unfinished run `label` left in a task's folder: archives without a manifest, and what cut-off
 * uploads left. Sets stay, also those of the same run. Returns the names that it removed. May be repeated.
 * Only for a run that has ended: an archive that waits for its manifest looks just like remains.
 */
export async function removeRemains(target: BackupTarget, folder: string, label: Label): Promise<string[]> {
  if (!labelPattern.test(label)) throw new BackupError('invalid', `"${label}" is not a label`);
  const remains: string[] = [];
  for await (const { name } of listRemains(target, folder)) {
    if (parseSetName(setOfArchive(name)!)?.label === label) remains.push(name);
  }
  for (const name of remains) await target.remove(name);
  await target.clean?.(folder);
  return remains;
}
