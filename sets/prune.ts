import { BackupError } from '../model/errors';
import { labelPattern, type Label } from '../model/label';
import type { BackupTarget } from '../model/target';
import {
  dataNames,
  dataSetName,
  familyOf,
  isViewName,
  namesOf,
  parseDataFolder,
  parseSetName,
  setOfArchive,
} from './layout';
import { listRemains } from './list';

/**
 * Removes a set. Of metadata the manifest goes first, which un-makes it in one step, then the archive: when it is cut
 * off in between, the archive is remains, not half a set. Of service data its snapshot goes; the folder stays, also
 * with the last one, as what the next copy begins with. May be repeated; a set that is gone is fine.
 */
export async function removeSet(target: BackupTarget, name: string): Promise<void> {
  if (familyOf(name) === 'data') return await removeDataSet(target, name);
  const { manifest, archive } = namesOf(name);
  await target.remove(manifest);
  await target.remove(archive);
}

async function removeDataSet({ snapshots }: BackupTarget, name: string): Promise<void> {
  const { folder, snapshot } = dataNames(name);
  await snapshots?.remove(folder, snapshot);
}

/**
 * Removes what the unfinished run `label` left in a task's folder of metadata: archives without a manifest, and what
 * cut-off uploads left. Of service data: snapshots that made no set, and the folder with all in it when it has no
 * snapshot at all. Sets stay, also those of the same run. Returns the names that it removed. May be repeated.
 * Only for a run that has ended: an archive that waits for its manifest looks just like remains.
 */
export async function removeRemains(target: BackupTarget, folder: string, label: Label): Promise<string[]> {
  if (!labelPattern.test(label)) throw new BackupError('invalid', `"${label}" is not a label`);
  const snapshots = await removeSnapshots(target, folder, label);
  const archives = await removeArchives(target, folder, label);
  await target.clean?.(folder);
  return [...snapshots, ...archives];
}

async function removeArchives(target: BackupTarget, folder: string, label: Label): Promise<string[]> {
  const remains: string[] = [];
  for await (const { name } of listRemains(target, folder)) {
    if (parseSetName(setOfArchive(name)!)?.label === label) remains.push(name);
  }
  for (const name of remains) await target.remove(name);
  return remains;
}

async function removeSnapshots({ snapshots }: BackupTarget, folder: string, label: Label): Promise<string[]> {
  const parts = parseDataFolder(folder);
  if (snapshots === undefined || parts === undefined) return [];
  const { unfinished, committing } = dataNames(dataSetName(folder, label));
  const there = await snapshots.list(folder);
  const remains = there.filter((name) => name === unfinished || name === committing || isViewName(name));
  for (const name of remains) await snapshots.remove(folder, name);
  const removed = remains.map((name) => `${folder}/.snapshot/${name}`);
  // A task of metadata may be called so that its folder looks like one of service data: that one has no snapshots.
  const mayHaveSnapshots = (await snapshots.folders(parts.root)).includes(folder);
  if (there.length > remains.length || !mayHaveSnapshots) return removed;
  await snapshots.close(folder);
  return [...removed, folder];
}
