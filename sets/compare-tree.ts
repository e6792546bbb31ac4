import type { Control } from '../model/control';
import type { IndexLine } from '../model/index-line';
import { comparePaths, type Checksum, type TreeEntry, type TreeReader } from '../model/tree';
import { differencesOf } from './entry-differences';
import { mapInOrder } from './in-order';
import { type ChecksumOptions, usualChecksumsAtOnce } from './list-tree';
import { mustGoOn } from './stop';

export interface CompareOptions extends ChecksumOptions {
  /** False: only what a list tells is compared, no file's checksum is asked for. */
  readonly checksums?: boolean;
}

/** What a comparison found. All counts but the differences are the index's. */
export interface Comparison {
  readonly files: number;
  /** With the root. */
  readonly directories: number;
  readonly bytes: number;
  /** Files that agree in all else, but whose two sides have no checksum in common; 0 when checksums are not asked for. */
  readonly unverified: number;
  /** Entries that differ, are missing or too many. */
  readonly differing: number;
  /** The first of them, in words, one each. */
  readonly differences: readonly string[];
}

/** Differences that are told in words; the others are counted. */
export const toldDifferences = 20;

/**
 * Compares a tree with its index: entries, bytes, attributes and, unless left out, the checksum of each file. The times
 * of directories do not count, since writing into them changes them. Memory stays flat. Reports files and bytes.
 * Errors as of the reader and of the index; `cancelled`. `missing` when the tree's root is not there.
 */
export async function compareTree(
  index: AsyncIterable<IndexLine>,
  found: TreeReader,
  { signal, report }: Control,
  { checksums = true, checksumsAtOnce = usualChecksumsAtOnce }: CompareOptions = {},
): Promise<Comparison> {
  const counts = { files: 0, directories: 0, bytes: 0, unverified: 0, differing: 0 };
  const differences: string[] = [];
  const pairs = pairsOf(index, found.list());
  for await (const verdict of mapInOrder(pairs, checksumsAtOnce, (pair) => judge(pair, found, checksums))) {
    mustGoOn(signal);
    count(verdict);
    report({ files: counts.files, bytes: counts.bytes });
  }
  mustGoOn(signal);
  return { ...counts, differences };

  function count({ pair: { expected }, difference, isUnverified }: Verdict): void {
    if (expected !== undefined) counts[expected.type === 'file' ? 'files' : 'directories'] += 1;
    counts.bytes += expected?.bytes ?? 0;
    if (isUnverified) counts.unverified += 1;
    if (difference === undefined) return;
    counts.differing += 1;
    if (differences.length < toldDifferences) differences.push(difference);
  }
}

/** An entry as it should be and as it is; one side may lack it. */
interface Pair {
  readonly expected?: IndexLine;
  readonly found?: TreeEntry;
}

interface Verdict {
  readonly pair: Pair;
  readonly difference?: string;
  readonly isUnverified?: boolean;
}

/** Both are in the order of trees, so that one look at each is enough. */
async function* pairsOf(index: AsyncIterable<IndexLine>, tree: AsyncIterable<TreeEntry>): AsyncGenerator<Pair> {
  const [expected, found] = [index[Symbol.asyncIterator](), tree[Symbol.asyncIterator]()];
  try {
    let [one, other] = [await next(expected), await next(found)];
    while (one !== undefined || other !== undefined) {
      const order = orderOf(one, other);
      yield { ...(order <= 0 && one && { expected: one }), ...(order >= 0 && other && { found: other }) };
      if (order <= 0) one = await next(expected);
      if (order >= 0) other = await next(found);
    }
  } finally {
    await expected.return?.();
    await found.return?.();
  }
}

/** What has come to its end is behind everything. */
function orderOf(one: TreeEntry | undefined, other: TreeEntry | undefined): number {
  if (one === undefined) return 1;
  return other === undefined ? -1 : comparePaths(one.path, other.path);
}

async function next<T>(items: AsyncIterator<T>): Promise<T | undefined> {
  const result = await items.next();
  return result.done === true ? undefined : result.value;
}

async function judge(pair: Pair, reader: TreeReader, checksums: boolean): Promise<Verdict> {
  const { expected, found } = pair;
  if (expected === undefined) return { pair, difference: `${nameOf(found!)} is there, but was not backed up` };
  if (found === undefined) return { pair, difference: `${nameOf(expected)} is missing` };
  const differences = differencesOf(expected, found);
  if (differences.length > 0) return { pair, difference: `${nameOf(expected)} has ${differences.join(', ')}` };
  return checksums ? await judgeBytes(pair, expected, reader) : { pair };
}

/** Without bytes there is nothing that could differ. */
async function judgeBytes(pair: Pair, expected: IndexLine, reader: TreeReader): Promise<Verdict> {
  if (expected.type === 'directory' || expected.bytes === 0) return { pair };
  if (expected.checksum === undefined) return { pair, isUnverified: true };
  const found = await reader.checksum(expected.path);
  if (found?.algorithm !== expected.checksum.algorithm) return { pair, isUnverified: true };
  if (found.value === expected.checksum.value) return { pair };
  return {
    pair,
    difference: `${nameOf(expected)} has other bytes: ${inWords(found)} instead of ${inWords(expected.checksum)}`,
  };
}

function nameOf({ path, type }: TreeEntry): string {
  return path === '' ? 'the root' : `the ${type} ${JSON.stringify(path)}`;
}

function inWords({ algorithm, value }: Checksum): string {
  return `${algorithm} ${value}`;
}
