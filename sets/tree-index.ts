import { crc32c } from '@node-rs/crc32';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, isKind } from '../model/errors';
import type { IndexLine } from '../model/index-line';
import type { IndexSegment } from '../model/manifest';
import type { BackupTarget } from '../model/target';
import { comparePaths } from '../model/tree';
import { systemCodeOf } from '../servers/system-error';
import { spoolError, syncFolder } from './disk';
import { corruptSegment, formatLine, maxSegmentText, packSegment, unpackSegment } from './index-segment';
import { readAtMost } from './read-at-most';

export type { IndexLine } from '../model/index-line';
export { pruneIndex, putIndex } from './put-index';

/** What a tree holds; `directories` counts its root, too. */
export interface WrittenIndex {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  /** In the order of the tree. */
  readonly index: IndexSegment[];
}

/** A line in so many is the last of its segment, chosen by its path: a tree that changes is cut where it was before. */
const meanLines = 8_000;
const maxLines = 20_000;

/**
 * Writes the index of a tree into a folder that is there, a file for each segment, durably. Memory stays flat, whatever
 * the tree. May be repeated. An entry more or less changes the segment that it stands in, and seldom the next one.
 * `invalid` when the lines are not in the order of a tree or break their schema; `full` or `denied` for the disk.
 */
export async function writeIndex(lines: AsyncIterable<IndexLine>, folder: string): Promise<WrittenIndex> {
  const index: IndexSegment[] = [];
  const counts = { files: 0, directories: 0, bytes: 0 };
  try {
    for await (const text of segmentTexts(inOrder(lines, outOfOrder), counts)) {
      index.push(await writeSegment(folder, text));
    }
    await syncFolder(folder);
    return { ...counts, index };
  } catch (error) {
    throw spoolError(`write the index into ${folder}`, error);
  }
}

/** The lines of an index in a spool folder, in order. `corrupt` when any of it is not as it was written. */
export function readSpooledIndex(folder: string, index: readonly IndexSegment[]): AsyncGenerator<IndexLine> {
  return readIndex(index, (segment) => readSpooled(folder, segment));
}

/**
 * The lines of an index on a target, in order; `nameOf` tells where a segment lies (`DataNames.index`).
 * `corrupt` when any of it is not as it was written, or is gone.
 */
export function readStoredIndex(
  target: BackupTarget,
  nameOf: (sha256: string) => string,
  index: readonly IndexSegment[],
): AsyncGenerator<IndexLine> {
  return readIndex(index, (segment) => readStored(target, nameOf(segment.sha256), segment));
}

type Counts = { -readonly [count in 'files' | 'directories' | 'bytes']: number };

async function* segmentTexts(lines: AsyncIterable<IndexLine>, counts: Counts): AsyncGenerator<string[]> {
  let [texts, length]: [string[], number] = [[], 0];
  for await (const line of lines) {
    const text = formatLine(line);
    counts[line.type === 'file' ? 'files' : 'directories'] += 1;
    counts.bytes += line.bytes;
    texts.push(text);
    length += text.length;
    if (isCut(line.path) || texts.length >= maxLines || length >= maxSegmentText) {
      yield texts;
      [texts, length] = [[], 0];
    }
  }
  if (texts.length > 0) yield texts;
}

function isCut(path: string): boolean {
  return (crc32c(path) >>> 0) % meanLines === 1;
}

async function writeSegment(folder: string, text: readonly string[]): Promise<IndexSegment> {
  const { content, ...segment } = await packSegment(text);
  const unfinished = join(folder, 'segment.part');
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(folder, segment.sha256));
  return segment;
}

async function* readIndex(
  index: readonly IndexSegment[],
  contentOf: (segment: IndexSegment) => Promise<Buffer>,
): AsyncGenerator<IndexLine> {
  let last: string | undefined;
  for (const segment of index) {
    for await (const line of inOrder(unpackSegment(segment, await contentOf(segment)), brokenOrder(segment), last)) {
      yield line;
      last = line.path;
    }
  }
}

/** Passes the lines on, and throws where a path does not come after the one before it. */
async function* inOrder(
  lines: AsyncIterable<IndexLine>,
  broken: (path: string, last: string) => BackupError,
  before?: string,
): AsyncGenerator<IndexLine> {
  let last = before;
  for await (const line of lines) {
    if (last !== undefined && comparePaths(last, line.path) >= 0) throw broken(line.path, last);
    yield line;
    last = line.path;
  }
}

function outOfOrder(path: string, last: string): BackupError {
  return new BackupError('invalid', `the tree is listed out of order: ${quoted(path)} comes after ${quoted(last)}`);
}

function brokenOrder(segment: IndexSegment) {
  return (path: string, last: string) =>
    corruptSegment(segment, `${quoted(path)} comes after ${quoted(last)}, which is out of order`);
}

async function readSpooled(folder: string, segment: IndexSegment): Promise<Buffer> {
  try {
    return await readFile(join(folder, segment.sha256));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') throw corruptSegment(segment, `it is not in ${folder} any more`, error);
    throw error;
  }
}

async function readStored(target: BackupTarget, name: string, segment: IndexSegment): Promise<Buffer> {
  try {
    return await readAtMost(await target.get(name), segment.bytes, (bytes) =>
      corruptSegment(segment, `it has ${bytes} bytes or more instead of ${segment.bytes}`),
    );
  } catch (error) {
    if (isKind(error, 'missing')) throw corruptSegment(segment, `${name} is not there any more`, error);
    throw error;
  }
}

function quoted(path: string): string {
  return JSON.stringify(path);
}
