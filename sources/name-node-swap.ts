import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import type { Label } from '../model/label';
import { copyInto, createLikeParent, exists, refuseFullDisks, syncDirectory } from './name-node-disk';

/**
 * Replaces what a NameNode keeps in a name directory D, so that it can be brought back.
 *
 * Swapped is `D/current`, not D: D may be a mount point, which cannot be renamed, and its parent may belong to root.
 * A NameNode looks at no names in D but its own, so what is kept lies beside `current`:
 *
 *   current.cairn-<label>.part  being built or dropped: of no worth
 *   current.cairn-<label>.new   built, whole
 *   current.cairn-<label>.old   what `current` was before the restoration <label>
 *   current.cairn-<label>.none  instead of `.old`: there was no `current`
 *
 * Each step is one rename or one small file. After a kill at any point it is one of these (kept = `.old` or `.none`):
 *
 *   kept  new  current  how it came                          replaceCurrent    bringBack
 *   –     –    any      nothing done, or brought back        build, keep, put  nothing
 *   –     yes  any      killed before keeping                keep, put         drop new
 *   yes   yes  –        killed between keeping and putting   put               drop new, bring back
 *   yes   –    yes      replaced                             nothing           drop current, bring back
 *   yes   –    –        killed while bringing back           build, put        bring back
 *   yes   yes  yes      someone else made a `current`        drop it, put      drop both, bring back
 */
interface Places {
  readonly dir: Directory;
  readonly current: string;
  readonly part: string;
  readonly built: string;
  readonly old: string;
  readonly none: string;
}

function placesOf(dir: Directory, label: Label): Places {
  const current = join(dir, 'current');
  const named = (end: string) => `${current}.cairn-${label}.${end}`;
  return { dir, current, part: named('part'), built: named('new'), old: named('old'), none: named('none') };
}

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
  const todo = await only(placesIn(nameDirs, label), async (places) => !(await isReplaced(places)));
  const unbuilt = await only(todo, async ({ built }) => !(await exists(built)));
  for (const { dir } of unbuilt) await createLikeParent(dir);
  await refuseFullDisks(
    unbuilt.map(({ dir }) => dir),
    replacement.bytes,
  );
  // All are built before the first is put, so that the time in which they differ is short.
  for (const places of unbuilt) await build(places, replacement, control);
  for (const places of todo) await put(places);
}

/** Brings back what was kept under the label; nothing kept = nothing to do. */
export async function bringBack(nameDirs: readonly Directory[], label: Label): Promise<void> {
  for (const places of placesIn(nameDirs, label)) {
    await drop(places, places.built);
    if (await isKept(places)) {
      await drop(places, places.current);
      if (await exists(places.old)) await rename(places.old, places.current);
      await rm(places.none, { force: true });
    }
    await tidy(places);
  }
}

/** True when one of the directories keeps something under the label. */
export async function keepsSomething(nameDirs: readonly Directory[], label: Label): Promise<boolean> {
  return (await only(placesIn(nameDirs, label), isKept)).length > 0;
}

/** Drops what was kept under other labels, and what they left half built. */
export async function dropOthers(nameDirs: readonly Directory[], label: Label): Promise<void> {
  for (const dir of nameDirs) {
    for (const other of (await labelsIn(dir)).filter((found) => found !== label)) {
      const places = placesOf(dir, other);
      for (const path of [places.built, places.old]) await drop(places, path);
      await rm(places.none, { force: true });
      await tidy(places);
    }
  }
}

async function build(places: Places, { from, files }: Replacement, control: Control): Promise<void> {
  await rm(places.part, { recursive: true, force: true });
  const before = (await exists(places.current)) ? places.current : places.dir;
  const mode = before === places.current ? (await stat(before)).mode & 0o7777 : 0o700;
  await copyInto(places.part, { from, files, ownedLike: before, mode }, control);
  await rename(places.part, places.built);
  await syncDirectory(places.dir);
}

async function put(places: Places): Promise<void> {
  if (await isKept(places)) await drop(places, places.current);
  else await keep(places);
  await rename(places.built, places.current);
  await tidy(places);
}

async function keep(places: Places): Promise<void> {
  if (await exists(places.current)) await rename(places.current, places.old);
  else await writeFile(places.none, '');
  await syncDirectory(places.dir);
}

/** Gone at once, in one rename: what is half removed must not look like something whole. */
async function drop(places: Places, path: string): Promise<void> {
  if (!(await exists(path))) return;
  await rm(places.part, { recursive: true, force: true });
  await rename(path, places.part);
  await syncDirectory(places.dir);
}

async function tidy(places: Places): Promise<void> {
  if (!(await exists(places.dir))) return;
  await syncDirectory(places.dir);
  await rm(places.part, { recursive: true, force: true });
}

async function isReplaced(places: Places): Promise<boolean> {
  return (await isKept(places)) && (await exists(places.current)) && !(await exists(places.built));
}

async function isKept({ old, none }: Places): Promise<boolean> {
  return (await exists(old)) || (await exists(none));
}

async function labelsIn(dir: Directory): Promise<readonly Label[]> {
  const names = (await exists(dir)) ? await readdir(dir) : [];
  return [
    ...new Set(names.flatMap((name) => /^current\.cairn-(\d{14})\.(?:part|new|old|none)$/.exec(name)?.[1] ?? [])),
  ];
}

function placesIn(nameDirs: readonly Directory[], label: Label): Places[] {
  return nameDirs.map((dir) => placesOf(dir, label));
}

async function only(all: readonly Places[], holds: (places: Places) => Promise<boolean>): Promise<Places[]> {
  const answers = await Promise.all(all.map(holds));
  return all.filter((_, n) => answers[n]);
}
