import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import type { Label } from '../model/label';
import { exists, syncDirectory } from './disk';
import { labelsIn, nameOf, type Place, type Swapped } from './swap';

/** A folder that is swapped. What is kept lies beside it: `<folder>.cairn-<label>.old` and so on. */
export interface SwappedFolder extends Swapped {
  /** The folder that all of it lies in. */
  readonly above: Directory;
}

/** `build` makes the folder `part`, whole and durable but for its name. */
export function swappedFolder(
  folder: Directory,
  label: Label,
  build: (part: Directory, control: Control) => Promise<void> = cannotBuild,
): SwappedFolder {
  const above = dirname(folder);
  const at = (place: Place) => nameOf(folder, label, place);
  return {
    above,
    exists: (place) => exists(at(place)),
    async rename(from, to) {
      await rename(at(from), at(to));
      await syncDirectory(above);
    },
    async markNone() {
      await writeFile(at('none'), '');
      await syncDirectory(above);
    },
    async unmarkNone() {
      await rm(at('none'), { force: true });
      if (await exists(above)) await syncDirectory(above);
    },
    removePart: () => rm(at('part'), { recursive: true, force: true }),
    build: (control) => build(at('part'), control),
  };
}

/** The labels of restorations that left something beside the folder. */
export async function labelsBeside(folder: Directory): Promise<readonly Label[]> {
  const above = dirname(folder);
  return labelsIn((await exists(above)) ? await readdir(above) : [], basename(folder));
}

/** Where it is only looked at, brought back or dropped. */
function cannotBuild(): Promise<void> {
  throw new Error('nothing is built here');
}
