import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isKind } from '../model/errors';
import type { IndexSegment } from '../model/manifest';
import type { BackupTarget } from '../model/target';
import { checkContent, corruptSegment } from './index-segment';
import { indexFolder, type DataNames } from './layout';
import { readAtMost } from './read-at-most';

/**
 * Lays the segments of an index, which lie in a spool folder, into the folder of a set that is being made. Those that an
 * earlier set left there with the same bytes stay. Each was read back when this returns. May be repeated. Answers how
 * many were put. `corrupt` when a segment is not in the spool as it was written, or comes back with other bytes.
 */
export async function putIndex(
  target: BackupTarget,
  names: DataNames,
  spoolFolder: string,
  index: readonly IndexSegment[],
): Promise<number> {
  let put = 0;
  for (const segment of index) {
    if (await isStored(target, names, segment)) continue;
    await putSegment(target, names, segment, await readFile(join(spoolFolder, segment.sha256)));
    put += 1;
  }
  return put;
}

/**
 * Removes from the folder as it is now the segments that are none of these: those that only older sets need lie in
 * their snapshots. May be repeated. Answers how many went.
 */
export async function pruneIndex(
  target: BackupTarget,
  names: DataNames,
  index: readonly IndexSegment[],
): Promise<number> {
  const needed = new Set(index.map(({ sha256 }) => sha256));
  const surplus = (await segmentsIn(target, names)).filter((name) => !needed.has(name));
  for (const name of surplus) await target.remove(names.writtenIndex(name));
  return surplus.length;
}

/** A target's list leaves out folders with snapshots, so this asks its snapshots. */
async function segmentsIn({ snapshots }: BackupTarget, { folder }: DataNames): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { type, path } of snapshots?.read(folder, undefined, indexFolder).list() ?? [])
      if (type === 'file' && /^[0-9a-f]{64}$/.test(path)) found.push(path);
  } catch (error) {
    if (!isKind(error, 'missing')) throw error;
  }
  return found;
}

async function putSegment(
  target: BackupTarget,
  names: DataNames,
  segment: IndexSegment,
  content: Buffer,
): Promise<void> {
  checkContent(segment, content);
  await target.put(names.writtenIndex(segment.sha256), {
    bytes: content.length,
    open: (from) => Promise.resolve(Readable.from([content.subarray(from)])),
  });
  if (await isStored(target, names, segment)) return;
  throw corruptSegment(segment, 'it was read back with other bytes than were written');
}

async function isStored(target: BackupTarget, names: DataNames, segment: IndexSegment): Promise<boolean> {
  const name = names.writtenIndex(segment.sha256);
  if ((await target.stat(name))?.bytes !== segment.bytes) return false;
  try {
    const tooLong = (bytes: number) => corruptSegment(segment, `it has ${bytes} bytes or more`);
    checkContent(segment, await readAtMost(await target.get(name), segment.bytes, tooLong));
    return true;
  } catch (error) {
    if (isKind(error, 'corrupt')) return false;
    throw error;
  }
}
