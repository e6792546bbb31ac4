import type { Readable } from 'node:stream';
import { isKind } from '../model/errors';
import type { Range } from '../model/target';
import type { Login } from './login';
import {
  checksumIn,
  type ContentSummary,
  entryIn,
  type FileChecksum,
  type HdfsEntry,
  pageIn,
  summaryIn,
} from './webhdfs-answers';
import { type HdfsAttributes, openAttributes } from './webhdfs-attributes';
import { openFile, type Source, writeFile } from './webhdfs-files';
import { openNameNodes, type NameNodes } from './webhdfs-name-nodes';
import { type HdfsSnapshots, openSnapshots } from './webhdfs-snapshots';

export type { ContentSummary, FileChecksum, HdfsEntry } from './webhdfs-answers';
export type { HdfsAttributes } from './webhdfs-attributes';
export type { HdfsChange } from './webhdfs-snapshot-diff';
export type { HdfsSnapshot, HdfsSnapshots, SnapshottableDirectory } from './webhdfs-snapshots';

export interface WriteOptions {
  readonly overwrite?: boolean;
  /** Octal; `644` when absent. */
  readonly permission?: string;
  /** Bytes; the cluster's own when absent. */
  readonly blockSize?: number;
  /** The cluster's own when absent. */
  readonly replication?: number;
}

/**
 * HDFS over WebHDFS. Paths are absolute and may hold any character. Of several NameNodes the active one is found.
 * Errors: `missing`, `denied`, `conflict`, `full`, `invalid`, `unavailable`; the context holds Hadoop's exception.
 * What HDFS answers with `false` is an error, too.
 */
export interface WebHdfs extends HdfsAttributes, HdfsSnapshots {
  /** Absent is an answer, not an error. */
  status(path: string): Promise<HdfsEntry | undefined>;
  /** A directory's entries, by name, fetched page by page. `missing`. */
  list(path: string): AsyncIterable<HdfsEntry>;
  /** Makes parents, too; one that is there is fine. Octal permission, `755` when absent. */
  mkdirs(path: string, permission?: string): Promise<void>;
  /** Writes a whole file. Cut off, it may leave half of one. `conflict` when it is there and may not be overwritten. */
  create(path: string, source: Source, options?: WriteOptions): Promise<void>;
  append(path: string, source: Source): Promise<void>;
  /**
   * Moves the content of files to the end of another one in one step; they are gone then. All lie in one directory, whole and
   * not empty. `missing`; `invalid` and `conflict` for what HDFS does not join: in an encryption zone, in a snapshot.
   */
  concat(path: string, sources: readonly string[]): Promise<void>;
  /** The bytes of a file, or of a range of it. A stream that ends early errors, it never just ends. */
  open(path: string, range?: Range): Promise<Readable>;
  /** `conflict` when there is nothing to rename, or something in the way. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Renames a file in one step, also over another one that is there. `missing` when there is no such file, or no
   * directory for it; `conflict` when a directory is in the way, or both are the same.
   */
  replace(from: string, to: string): Promise<void>;
  /** Renames a file or directory in one step. `missing` when it is not there; `conflict` when anything is in the way. */
  move(from: string, to: string): Promise<void>;
  /** With all that lies in it. Absent is fine. */
  remove(path: string): Promise<void>;
  setOwner(path: string, owner: string, group: string): Promise<void>;
  /** Octal. */
  setPermission(path: string, permission: string): Promise<void>;
  contentSummary(path: string): Promise<ContentSummary>;
  fileChecksum(path: string): Promise<FileChecksum>;
}

/** Connects to nothing yet. `addresses` are the NameNodes' HTTP addresses, such as `http://nn1:9870`. */
export function openWebHdfs(addresses: readonly string[], login: Login, signal?: AbortSignal): WebHdfs {
  const nameNodes = openNameNodes(addresses, login, signal);
  return {
    status: (path) => statusOf(nameNodes, path),
    list: (path) => listOf(nameNodes, path),
    mkdirs: (path, permission = '755') => nameNodes.call((client, done) => client.mkdir(path, permission, done)),
    create: (path, source, { overwrite = false, permission = '644', blockSize, replication } = {}) =>
      writeFile(nameNodes, 'PUT', 'CREATE', path, source, {
        overwrite,
        permission,
        ...(blockSize && { blocksize: blockSize }),
        ...(replication && { replication }),
      }),
    append: (path, source) => writeFile(nameNodes, 'POST', 'APPEND', path, source, {}),
    concat: async (path, sources) => void (await nameNodes.ask('POST', 'CONCAT', path, { sources: sources.join(',') })),
    open: (path, range) => openFile(nameNodes, path, range),
    rename: (from, to) => nameNodes.call((client, done) => client.rename(from, to, done)),
    replace: async (from, to) =>
      void (await nameNodes.ask('PUT', 'RENAME', from, { destination: to, renameoptions: 'OVERWRITE' })),
    move: async (from, to) =>
      void (await nameNodes.ask('PUT', 'RENAME', from, { destination: to, renameoptions: 'NONE' })),
    remove: (path) => removeAll(nameNodes, path),
    setOwner: (path, owner, group) => nameNodes.call((client, done) => client.chown(path, owner, group, done)),
    setPermission: (path, permission) => nameNodes.call((client, done) => client.chmod(path, permission, done)),
    contentSummary: async (path) => summaryIn(await nameNodes.ask('GET', 'GETCONTENTSUMMARY', path)),
    fileChecksum: (path) => checksumOf(nameNodes, path),
    ...openAttributes(nameNodes),
    ...openSnapshots(nameNodes),
  };
}

async function statusOf(nameNodes: NameNodes, path: string): Promise<HdfsEntry | undefined> {
  try {
    return entryIn(await nameNodes.call((client, done) => client.stat(path, done)));
  } catch (error) {
    if (isKind(error, 'missing')) return undefined;
    throw error;
  }
}

/** Flat in memory for a directory of any size: the package's own listing holds it whole. */
async function* listOf(nameNodes: NameNodes, path: string): AsyncIterable<HdfsEntry> {
  let after: { startAfter?: string } = {};
  for (;;) {
    const { entries, isLast } = pageIn(await nameNodes.ask('GET', 'LISTSTATUS_BATCH', path, after));
    yield* entries;
    if (isLast || entries.length === 0) return;
    after = { startAfter: entries.at(-1)!.name };
  }
}

async function removeAll(nameNodes: NameNodes, path: string): Promise<void> {
  try {
    await nameNodes.call<void>((client, done) => client.unlink(path, true, done));
  } catch (error) {
    if (!isKind(error, 'missing')) throw error;
  }
}

async function checksumOf(nameNodes: NameNodes, path: string): Promise<FileChecksum> {
  const answer = await nameNodes.askDataNode(await nameNodes.locate('GET', 'GETFILECHECKSUM', path), {});
  return checksumIn(await answer.text());
}
