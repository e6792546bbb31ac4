import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import type { Label } from '../model/label';
import { copyInto, createLikeParent, exists, refuseFullDisks } from './disk';
import { labelsBeside, type SwappedFolder, swappedFolder } from './folder-swap';
import * as swap from './swap';

/**
 * Replaces what a NameNode keeps in its name directories, so that it can be brought back (`swap.ts` has the table of states).
 *
 * Swapped is `current` in a name directory, not that itself: it may be a mount point, which cannot be renamed, and its parent
 * may belong to root. A NameNode looks at no names there but its own, so what is kept lies beside `current`.
 */
const currentOf = (dir: Directory) => join(dir, 'current');

/** What is put into each name directory. */
export interface Replacement {
  readonly from: Directory;
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Makes the replacement `current` in every name directory; what was there is kept under the label. */
export async function replaceCurrent(
  nameDirs: readonly Directory[],
  replacement: Replacement,
  label: Label,
  control: Control,
): Promise<void> {
  const all = nameDirs.map((dir) => swappedFolder(currentOf(dir), label, builderOf(dir, replacement)));
  const unbuilt = await swap.unbuilt(all);
  for (const { above } of unbuilt) await createLikeParent(above);
  await refuseFullDisks(unbuilt.map(({ above }) => ({ dir: above, bytes: replacement.bytes })));
  await swap.build(unbuilt, control);
  await swap.put(all);
}

/** Brings back what was kept under the label; nothing kept = nothing to do. */
export async function bringBack(nameDirs: readonly Directory[], label: Label): Promise<void> {
  await swap.bringBack(foldersOf(nameDirs, label));
}

/** True when one of the directories keeps something under the label. */
export async function keepsSomething(nameDirs: readonly Directory[], label: Label): Promise<boolean> {
  return await swap.keepsSomething(foldersOf(nameDirs, label));
}

/** Drops what was kept under other labels, and what they left half built. */
export async function dropOthers(nameDirs: readonly Directory[], label: Label): Promise<void> {
  for (const folder of nameDirs.map(currentOf)) {
    const others = (await labelsBeside(folder)).filter((found) => found !== label);
    await swap.dropKept(others.map((other) => swappedFolder(folder, other)));
  }
}

function builderOf(dir: Directory, { from, files }: Replacement) {
  return async (part: Directory, control: Control) => {
    const current = currentOf(dir);
    const before = (await exists(current)) ? current : dir;
    const mode = before === current ? (await stat(before)).mode & 0o7777 : 0o700;
    await copyInto(part, { from, files, ownedLike: before, mode }, control);
  };
}

function foldersOf(nameDirs: readonly Directory[], label: Label): SwappedFolder[] {
  return nameDirs.map((dir) => swappedFolder(currentOf(dir), label));
}
