import { createHash } from 'node:crypto';
import { isKind } from '../model/errors';
import type { WebHdfs } from '../servers/webhdfs';
import { isNamed, ownName, parentOf, tellsOwn } from './hdfs-names';

/**
 * Takes snapshots also where they are not allowed yet, and disallows them again where cairn did allow them.
 *
 * HDFS does not keep who allowed snapshots of a directory, so it is written down in HDFS:
 * - in the names of cairn's snapshots there, which end in `_own`; each new one inherits the ending from an older one;
 * - while no such snapshot tells it (before the first, after the last), in a mark on the directory's parent. Not on the
 *   directory itself: there it would be frozen, copied and restored with the data. The parent is in no snapshot, as
 *   nested ones are refused. It is an attribute of the namespace `trusted`, which superusers alone see and set.
 *
 * Each step is one request. After a kill at any point it is one of these:
 *
 *   mark  allowed  `_own`  how it came                           take                    drop the last
 *   –     –        –       nothing done, or dropped              mark, allow, take       nothing
 *   yes   –        –       killed before allow, after disallow   allow, take, unmark     unmark
 *   yes   yes      –       killed after allow, before disallow   take, unmark            disallow, unmark
 *   yes   yes      yes     killed before unmark, or before drop  unmark                  drop, disallow, unmark
 *   –     yes      yes     taken                                 take                    mark, drop, disallow, unmark
 *   –     yes      –       somebody else allows them             take, not `_own`        drop
 */
export async function takeSnapshot(dfs: WebHdfs, path: string, name: string): Promise<string> {
  const names = await namesIn(dfs, path);
  const isMarked = await hasMark(dfs, path);
  const taken = names.find((found) => isNamed(found, name)) ?? (await take(dfs, path, name, names, isMarked));
  if (tellsOwn(taken)) await unmark(dfs, path);
  return taken;
}

async function take(dfs: WebHdfs, path: string, name: string, names: readonly string[], isMarked: boolean) {
  const isAllowed = (await dfs.snapshottableDirectories()).some((directory) => directory.path === path);
  const isOwn = isMarked || !isAllowed || names.some(tellsOwn);
  if (!isAllowed) {
    await mark(dfs, path);
    await dfs.allowSnapshots(path);
  }
  const chosen = isOwn ? ownName(name) : name;
  await dfs.createSnapshot(path, chosen).catch(async (error: unknown) => {
    // A request of an attempt before this one may have arrived late.
    if (!isKind(error, 'conflict') || !(await namesIn(dfs, path)).includes(chosen)) throw error;
  });
  return chosen;
}

/** Removes these of the directory's snapshots; absent ones, and a directory that is gone, are fine. */
export async function dropSnapshots(
  dfs: WebHdfs,
  path: string,
  isDropped: (snapshot: string) => boolean,
): Promise<void> {
  const names = await namesIn(dfs, path);
  const [dropped, rest] = [names.filter(isDropped), names.filter((name) => !isDropped(name))];
  if (dropped.some(tellsOwn) && !rest.some(tellsOwn)) await mark(dfs, path);
  for (const name of dropped) await dfs.deleteSnapshot(path, name);
  await disallowOwn(dfs, path, rest);
}

/** Where others have taken snapshots meanwhile, they stay allowed: they are theirs from now on. */
async function disallowOwn(dfs: WebHdfs, path: string, rest: readonly string[]): Promise<void> {
  if (!(await hasMark(dfs, path))) return;
  if (rest.length === 0)
    await dfs.disallowSnapshots(path).catch((error: unknown) => {
      if (!isKind(error, 'conflict') && !isKind(error, 'missing')) throw error;
    });
  await unmark(dfs, path);
}

/** By age; none where the directory is gone. */
export async function namesIn(dfs: WebHdfs, path: string): Promise<readonly string[]> {
  try {
    return (await dfs.snapshotsOf(path)).map(({ name }) => name);
  } catch (error) {
    if (isKind(error, 'missing')) return [];
    throw error;
  }
}

function markOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return `${marks}${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/** Directories of this parent that have the mark: where a killed attempt may have allowed snapshots, or was about to. */
export async function markedIn(dfs: WebHdfs, parent: string): Promise<readonly string[]> {
  try {
    const found = [...(await dfs.xattrsOf(parent))].filter(([name]) => name.startsWith(marks));
    return found.map(([, value]) => Buffer.from(value.replace(/^0x/, ''), 'hex').toString());
  } catch (error) {
    if (isKind(error, 'missing')) return [];
    throw error;
  }
}

const marks = 'trusted.cairn.allowing.';

async function mark(dfs: WebHdfs, path: string): Promise<void> {
  await dfs.setXattr(parentOf(path), markOf(path), `0x${Buffer.from(path).toString('hex')}`);
}

async function unmark(dfs: WebHdfs, path: string): Promise<void> {
  if (await hasMark(dfs, path)) await dfs.removeXattr(parentOf(path), markOf(path));
}

async function hasMark(dfs: WebHdfs, path: string): Promise<boolean> {
  try {
    return (await dfs.xattrsOf(parentOf(path))).has(markOf(path));
  } catch (error) {
    if (isKind(error, 'missing')) return false;
    throw error;
  }
}
