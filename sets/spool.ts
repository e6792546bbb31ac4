import { mkdir, readdir, rm, rmdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from '../model/directory';
import { BackupError } from '../model/errors';
import { sourceKinds, type SourceKind } from '../model/kinds';
import { labelPattern, type Label } from '../model/label';
import { clusterIdPattern, nameServicePattern } from '../model/names';
import { hasSystemCode } from '../servers/system-error';

/** What a folder of the spool is for. `part` is '' where a source has only one. */
export interface SpoolKey {
  readonly cluster: string;
  readonly label: Label;
  readonly source: SourceKind;
  readonly part: string;
}

export interface Leftover extends SpoolKey {
  readonly folder: Directory;
}

/**
 * Space on the executing host for dumps and archives on their way: `<root>/<cluster>/<label>/<source>[-part]/`.
 * A run removes its own; what a lost host left is found by `leftovers`. Only its owner can read it (0700).
 */
export interface Spool {
  /** Creates the folder, or finds it as an older attempt left it. `invalid` when the key would leave the spool. */
  folderFor(key: SpoolKey): Promise<Directory>;
  /** Removes the folder and all in it. Absent is fine. */
  remove(key: SpoolKey): Promise<void>;
  /** All folders that are there, of one cluster or of all. Foreign names are left out. */
  leftovers(cluster?: string): Promise<Leftover[]>;
  /** `full` when the disk has fewer free bytes than that. Frees nothing by itself. */
  makeRoom(neededBytes: number): Promise<void>;
}

export function openSpool(root: Directory): Spool {
  return {
    async folderFor(key) {
      const folder = join(root, ...segments(key));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    async remove(key) {
      const [cluster, label, own] = segments(key);
      await rm(join(root, cluster, label, own), { recursive: true, force: true });
      await removeIfEmpty(join(root, cluster, label));
    },
    async leftovers(cluster) {
      const clusters = cluster === undefined ? await namesIn(root) : [cluster];
      return (await Promise.all(clusters.map((id) => leftoversOf(root, id)))).flat();
    },
    makeRoom: (neededBytes) => makeRoom(root, neededBytes),
  };
}

function segments({ cluster, label, source, part }: SpoolKey): [string, string, string] {
  const own = part === '' ? source : `${source}-${part}`;
  if (clusterIdPattern.test(cluster) && labelPattern.test(label) && keyOf(own) !== undefined)
    return [cluster, label, own];
  throw new BackupError('invalid', `"${cluster}/${label}/${own}" cannot be a folder of the spool`);
}

/** No source has a `-` in its name, so the first one begins the part. */
function keyOf(own: string): Pick<SpoolKey, 'source' | 'part'> | undefined {
  const [source, part] = own.split(/-(.*)/s, 2) as [string, string?];
  if (!Object.hasOwn(sourceKinds, source)) return undefined;
  if (part !== undefined && !nameServicePattern.test(part)) return undefined;
  return { source: source as SourceKind, part: part ?? '' };
}

async function leftoversOf(root: Directory, cluster: string): Promise<Leftover[]> {
  const labels = clusterIdPattern.test(cluster) ? await namesIn(join(root, cluster)) : [];
  const found = labels
    .filter((label) => labelPattern.test(label))
    .map(async (label) =>
      (await namesIn(join(root, cluster, label))).flatMap((own) => {
        const key = keyOf(own);
        return key === undefined ? [] : [{ cluster, label, ...key, folder: join(root, cluster, label, own) }];
      }),
    );
  return (await Promise.all(found)).flat();
}

async function makeRoom(root: Directory, neededBytes: number): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(root);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const hint = "free some space in this worker's spool, or choose a larger disk for it";
  const what = `the spool ${root} has ${freeBytes} bytes free, but ${neededBytes} are needed`;
  throw new BackupError('full', what, { freeBytes, neededBytes, hint });
}

async function namesIn(folder: Directory): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Other parts of the run may still be at work beside it. */
async function removeIfEmpty(folder: Directory): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
