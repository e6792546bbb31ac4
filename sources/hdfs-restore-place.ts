import type { Replaced, SetTree } from '../model/data-source';
import { BackupError } from '../model/errors';
import type { HdfsEntry, WebHdfs } from '../servers/webhdfs';
import { parentOf } from './hdfs-names';

/** Where a tree is restored to, as it is now. */
export interface HdfsRestorePlace {
  readonly tree: SetTree;
  readonly to: string;
  /** Undefined when nothing is there. */
  readonly there?: HdfsEntry;
  /** The nearest directory above that there is. */
  readonly above: HdfsEntry;
  readonly how: Replaced['how'];
}

/** `conflict` when a file is there, or where a directory above it should be. */
export async function findPlace(dfs: WebHdfs, tree: SetTree): Promise<HdfsRestorePlace> {
  const there = await directoryAt(dfs, tree.to);
  const above = (await directoryAt(dfs, await nearestAbove(dfs, tree.to)))!;
  const place = { tree, to: tree.to, above };
  if (there === undefined) return { ...place, how: 'nothingThere' };
  return { ...place, there, how: await howOf(dfs, tree.to, there, above) };
}

/**
 * A directory that may have snapshots is restored in place: HDFS does not rename one that has any, and a renamed one
 * would take the permission with it. So is one with an erasure-coding policy of its own, which a new one would lack.
 */
async function howOf(dfs: WebHdfs, path: string, there: HdfsEntry, above: HdfsEntry): Promise<'snapshot' | 'aside'> {
  if (there.isErasureCoded && !above.isErasureCoded) return 'snapshot';
  const allowed = there.isSnapshottable ?? (await isListed(dfs, path));
  return allowed ? 'snapshot' : 'aside';
}

/** Old servers do not tell it of a single directory. */
async function isListed(dfs: WebHdfs, path: string): Promise<boolean> {
  return (await dfs.snapshottableDirectories()).some((directory) => directory.path === path);
}

export async function nearestAbove(dfs: WebHdfs, path: string): Promise<string> {
  const above = parentOf(path);
  return above === '/' || (await dfs.status(above)) !== undefined ? above : nearestAbove(dfs, above);
}

async function directoryAt(dfs: WebHdfs, path: string): Promise<HdfsEntry | undefined> {
  const found = await dfs.status(path);
  if (found === undefined || found.type === 'directory') return found;
  throw new BackupError('conflict', `${path} is a ${found.type} of HDFS, not a directory`, {
    hint: 'remove it, or restore to another place',
  });
}
