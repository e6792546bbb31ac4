import { BackupError } from '../model/errors';
import type { DataManifest } from '../model/manifest';
import type { BackupTarget, TargetSnapshots } from '../model/target';
import { type DataNames, isViewName, labelOfUnfinished } from './layout';
import { putDataManifest } from './manifest';
import { previousDigest, listSetsOfPart } from './set-names';
import { pruneIndex, putIndex } from './tree-index';

/**
 * How a set of service data comes to be on a target with snapshots, so that it can be relied on though others may write
 * there: the folder is frozen, what was frozen is compared, index and manifest are written, the folder is frozen again,
 * and only when the two views differ in nothing but those is the second one given the set's name, in one step.
 */
export interface SnapshotTarget {
  readonly target: BackupTarget;
  readonly snapshots: TargetSnapshots;
}

/** The first view, which will be compared; an older attempt's is dropped. */
export async function freezeTarget(snapshots: TargetSnapshots, names: DataNames): Promise<void> {
  await discardUncommitted(snapshots, names);
  await snapshots.create(names.folder, names.unfinished);
}

/** Drops the views of earlier runs that made no set and could not clear behind themselves. */
export async function discardOthers(snapshots: TargetSnapshots, names: DataNames): Promise<void> {
  const own = [names.unfinished, names.committing];
  for (const name of await snapshots.list(names.folder))
    if (labelOfUnfinished(name) !== undefined && !own.includes(name)) await snapshots.remove(names.folder, name);
}

/**
 * Gives the state as it is now also the names that frozen views of the source have: a copier that copies only what changed
 * since a view wants to find a snapshot of its name on both sides.
 */
export async function standForViews(
  snapshots: TargetSnapshots,
  names: DataNames,
  views: ReadonlySet<string>,
): Promise<void> {
  for (const view of views) if (isViewName(view)) await snapshots.create(names.folder, view);
}

/** Removes what puts that were cut off left beside the trees; no set shall hold it. */
export async function clearCutOffPuts(target: BackupTarget, names: DataNames): Promise<void> {
  await target.clean?.(names.written);
}

/** Drops the views that made no set. */
export async function discardUncommitted(snapshots: TargetSnapshots, names: DataNames): Promise<void> {
  for (const name of await snapshots.list(names.folder))
    if (isViewName(name)) await snapshots.remove(names.folder, name);
  await snapshots.remove(names.folder, names.committing);
  await snapshots.remove(names.folder, names.unfinished);
}

/**
 * Makes the set of what `freezeTarget` froze. `indexFolder` gives the spool folder of a tree's index. May be repeated.
 * `conflict` when somebody changed the folder meanwhile: then no set is made.
 */
export async function commitDataSet(
  { target, snapshots }: SnapshotTarget,
  names: DataNames,
  manifest: Omit<DataManifest, 'previous'>,
  indexFolder: (number: number) => string,
): Promise<void> {
  const previous = await previousDigest(target, names.name, await listSetsOfPart(target, names.name));
  await clearCutOffPuts(target, names);
  for (const { number, index } of manifest.trees) await putIndex(target, names, indexFolder(number), index);
  await pruneIndex(
    target,
    names,
    manifest.trees.flatMap(({ index }) => index),
  );
  await putDataManifest(target, names, { ...manifest, previous });
  await snapshots.create(names.folder, names.committing);
  await refuseOtherChanges(snapshots, names);
  await snapshots.rename(names.folder, names.committing, names.label);
  await snapshots.remove(names.folder, names.unfinished);
}

async function refuseOtherChanges(snapshots: TargetSnapshots, names: DataNames): Promise<void> {
  const changes = await snapshots.changes(names.folder, names.unfinished, names.committing, 1_000_000);
  const others = changes.filter((name) => name !== '' && name !== '.cairn' && !name.startsWith('.cairn/'));
  if (others.length === 0) return;
  await discardUncommitted(snapshots, names);
  throw new BackupError(
    'conflict',
    `somebody changed ${names.folder} while its set was made: ${others.slice(0, 5).join(', ')}`,
    { hint: 'keep others away from the target; the set was not made, the next run puts right what was changed' },
  );
}
