import { createHash } from 'node:crypto';

/**
 * A tree of very many files that is computed, not kept: directories with equally many files each. Nearly all files are
 * empty; one in so many directories has some bytes. Names are in the order of a NameNode.
 */
export interface LargeTree {
  readonly directories: number;
  readonly filesInEach: number;
  /** Files that are not empty. */
  readonly filled: number;
  /** Of a path relative to the tree's root; `''` is the root. Undefined for what is not in it. */
  entryAt(path: string): LargeEntry | undefined;
  /** The texts of the statuses of a directory's entries after a name, at most so many; how many come after them. */
  pageAt(path: string, after: string, most: number): { readonly statuses: string; readonly remaining: number };
  /** As WebHDFS answers it; only for files that are filled. */
  checksumAt(path: string): string;
}

export interface LargeEntry {
  readonly type: 'file' | 'directory';
  readonly bytes: number;
}

export function createLargeTree(directories: number, filesInEach: number): LargeTree {
  const every = 2;
  const isFilled = (directory: number, file: number) => directory % every === 0 && file === 7;
  const pages = new Map<string, string>();

  function entryAt(path: string): LargeEntry | undefined {
    const found = /^(?:directory-(\d{5})(?:\/part-(\d{5})-of-a-table\.parquet)?)?$/.exec(path);
    const [directory, file] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
    if (found === null || directory >= directories || file >= filesInEach) return undefined;
    if (found[2] === undefined) return { type: 'directory', bytes: 0 };
    return { type: 'file', bytes: isFilled(directory, file) ? 1234 : 0 };
  }

  return {
    directories,
    filesInEach,
    filled: Math.ceil(directories / every),
    entryAt,
    pageAt(path, after, most) {
      const [count, name] = path === '' ? [directories, nameOfDirectory] : [filesInEach, nameOfFile];
      const start = after === '' ? 0 : Number(/\d{5}/.exec(after)![0]) + 1;
      const end = Math.min(count, start + most);
      // Pages of most directories are the same.
      const key = `${path === ''} ${start} ${end} ${path !== '' && entryAt(`${path}/${nameOfFile(7)}`)!.bytes > 0}`;
      const make = () =>
        Array.from({ length: end - start }, (_, place) => name(start + place))
          .map((one) => statusText(one, entryAt(path === '' ? one : `${path}/${one}`)!))
          .join(',');
      const statuses = pages.get(key) ?? make();
      pages.set(key, statuses);
      return { statuses, remaining: count - end };
    },
    // Bytes of a CRC (4 bytes), CRCs of a block (8), MD5.
    checksumAt: (path) => `00000200${'0'.repeat(16)}${createHash('md5').update(path).digest('hex')}`,
  };
}

const nameOfDirectory = (number: number) => `directory-${String(number).padStart(5, '0')}`;
const nameOfFile = (number: number) => `part-${String(number).padStart(5, '0')}-of-a-table.parquet`;

/** What a NameNode says of an entry, in its own order of fields. */
export function statusText(pathSuffix: string, { type, bytes }: LargeEntry): string {
  const isFile = type === 'file';
  return JSON.stringify({
    accessTime: isFile ? 1_700_000_000_000 : 0,
    blockSize: isFile ? 134_217_728 : 0,
    childrenNum: 0,
    fileId: 16_400,
    group: 'supergroup',
    length: bytes,
    modificationTime: 1_700_000_000_000,
    owner: 'root',
    pathSuffix,
    permission: isFile ? '644' : '755',
    replication: isFile ? 3 : 0,
    storagePolicy: 0,
    type: isFile ? 'FILE' : 'DIRECTORY',
  });
}
