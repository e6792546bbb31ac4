import type { Readable } from 'node:stream';
import type { Range } from './target';

/** A file or directory of a tree. */
export interface TreeEntry {
  /** Relative to the tree's root, forward slashes; `''` is the root itself. May hold any character but a `/` in a name. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  /** 0 for a directory. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly owner: string;
  readonly group: string;
  /** Octal, such as `755` or `1777`. */
  readonly permission: string;
  /** Of a file in HDFS. */
  readonly replication?: number;
  /** Bytes, of a file in HDFS. */
  readonly blockSize?: number;
  /** It has access rules beyond its mode. */
  readonly hasAcl?: true;
}

/** What a store says about a file's bytes; equal algorithm and value mean equal bytes. */
export interface Checksum {
  /** Such as `MD5-of-0MD5-of-512CRC32C`. */
  readonly algorithm: string;
  /** Lower-case hex. */
  readonly value: string;
}

/**
 * A tree as it is read: of a frozen view, of a set, or live. Opens nothing until it is asked; none of it retries.
 * Errors: `missing`, `denied`, `unavailable`, `unsupported` (an entry that is neither file nor directory).
 */
export interface TreeReader {
  /**
   * The root and everything below it, each directory before what it holds, siblings in the order of `comparePaths`.
   * Memory does not grow with the tree. `missing` when the root is not there.
   */
  list(): AsyncIterable<TreeEntry>;
  /** The store's own checksum of a file; undefined where the store has none. Cheap; many may be asked at once. */
  checksum(path: string): Promise<Checksum | undefined>;
  /** The bytes of a file, or of a range of it. A stream that ends early errors, it never just ends. */
  open(path: string, range?: Range): Promise<Readable>;
}

/**
 * Orders paths as trees are listed: a directory right before what it holds, siblings as a NameNode keeps them. That is by
 * the bytes of their names in UTF-8, taken as signed numbers, so what is not ASCII comes first.
 * Negative when `one` comes first, 0 when they are equal.
 */
export function comparePaths(one: string, other: string): number {
  if (one === other) return 0;
  let place = 0;
  while (place < one.length && one.charCodeAt(place) === other.charCodeAt(place)) place += 1;
  // Halves of one character that differ in the second half begin one place earlier; comparing from there is right for all.
  const isSecondHalf = place > 0 && isLow(one.charCodeAt(place)) && isLow(other.charCodeAt(place));
  const start = isSecondHalf ? place - 1 : place;
  return rank(one.codePointAt(start)) - rank(other.codePointAt(start));
}

const slash = 0x2f;

/**
 * By code points, those beyond ASCII first; JavaScript's own order is another one beyond U+FFFF, too. Before all of them
 * the end of a name, which is a slash or, first of all, the end of the path.
 */
function rank(codePoint: number | undefined): number {
  if (codePoint === undefined) return -2;
  if (codePoint === slash) return -1;
  return codePoint < 0x80 ? codePoint + 0x110000 : codePoint;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
