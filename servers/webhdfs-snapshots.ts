import { z } from 'zod';
import { isKind } from '../model/errors';
import { entryIn, read } from './webhdfs-answers';
import type { NameNodes } from './webhdfs-name-nodes';
import { type HdfsChange, snapshotDiff } from './webhdfs-snapshot-diff';

/** A frozen view of a directory; its files lie in `<directory>/.snapshot/<name>`. */
export interface HdfsSnapshot {
  readonly name: string;
  /** When it was made, or renamed after that; milliseconds since 1970. */
  readonly modified: number;
}

export interface SnapshottableDirectory {
  readonly path: string;
  /** How many it has now. */
  readonly snapshots: number;
  /** How many it may have. */
  readonly quota: number;
}

/**
 * Snapshots of directories. `missing`: the directory or the snapshot is not there; `precondition`: no snapshots are
 * allowed there; `unsupported`: this version of HDFS cannot do it over HTTP.
 */
export interface HdfsSnapshots {
  /** Allowed already is fine. Only superusers may. `conflict` where a directory above or below has snapshots. */
  allowSnapshots(path: string): Promise<void>;
  /** Not allowed is fine. `conflict` while there are snapshots. */
  disallowSnapshots(path: string): Promise<void>;
  /** `conflict` when there is one of this name, `full` when there are too many. */
  createSnapshot(path: string, name: string): Promise<void>;
  /** `conflict` when there is one of the new name. */
  renameSnapshot(path: string, from: string, to: string): Promise<void>;
  /** Absent is fine, and so is a directory that is gone or has none. */
  deleteSnapshot(path: string, name: string): Promise<void>;
  /** In no order to rely on; [] where no snapshots are allowed. */
  snapshotsOf(path: string): Promise<readonly HdfsSnapshot[]>;
  /** All of the cluster for a superuser, else this user's own. */
  snapshottableDirectories(): Promise<readonly SnapshottableDirectory[]>;
  /**
   * What changed in a directory from one of its snapshots to another; `''` is its present state. A directory that
   * entries came to or left is a `modify`; a file that was renamed and changed is both, the `modify` under its old name.
   * Between two snapshots it comes page by page, in no order to rely on, in memory that only renames can fill. With the
   * present state, and from servers before Hadoop 3.4, it is one answer of at most 16 MiB (some 150,000 changes), else
   * `corrupt`: a tree that changes meanwhile cannot be paged. For more take a snapshot first.
   */
  snapshotDiff(path: string, from: string, to: string): AsyncIterable<HdfsChange>;
}

export function openSnapshots(nameNodes: NameNodes): HdfsSnapshots {
  const put = async (operation: string, path: string, params: Record<string, string> = {}) =>
    void (await nameNodes.ask('PUT', operation, path, params));
  return {
    allowSnapshots: (path) => put('ALLOWSNAPSHOT', path),
    disallowSnapshots: (path) => put('DISALLOWSNAPSHOT', path),
    createSnapshot: (path, name) => put('CREATESNAPSHOT', path, { snapshotname: name }),
    renameSnapshot: (path, from, to) => put('RENAMESNAPSHOT', path, { oldsnapshotname: from, snapshotname: to }),
    deleteSnapshot: (path, name) => deleteSnapshot(nameNodes, path, name),
    snapshotsOf: (path) => snapshotsOf(nameNodes, path),
    snapshottableDirectories: () => snapshottableDirectories(nameNodes),
    snapshotDiff: (path, from, to) => snapshotDiff(nameNodes, path, from, to),
  };
}

async function deleteSnapshot(nameNodes: NameNodes, path: string, name: string): Promise<void> {
  try {
    await nameNodes.ask('DELETE', 'DELETESNAPSHOT', path, { snapshotname: name });
  } catch (error) {
    if (!isKind(error, 'missing') && !isKind(error, 'precondition')) throw error;
  }
}

async function snapshotsOf(nameNodes: NameNodes, path: string): Promise<readonly HdfsSnapshot[]> {
  try {
    return read(listSchema, await nameNodes.ask('GET', 'GETSNAPSHOTLIST', path));
  } catch (error) {
    if (isKind(error, 'precondition')) return [];
    if (isKind(error, 'unsupported')) return listedSnapshots(nameNodes, path);
    throw error;
  }
}

/** Before Hadoop 3.4 their folder is the list. */
async function listedSnapshots(nameNodes: NameNodes, path: string): Promise<readonly HdfsSnapshot[]> {
  await nameNodes.ask('GET', 'GETFILESTATUS', path);
  try {
    return read(folderSchema, await nameNodes.ask('GET', 'LISTSTATUS', `${path === '/' ? '' : path}/.snapshot`));
  } catch (error) {
    if (isKind(error, 'precondition') || isKind(error, 'missing')) return [];
    throw error;
  }
}

async function snapshottableDirectories(nameNodes: NameNodes): Promise<readonly SnapshottableDirectory[]> {
  return read(directoriesSchema, await nameNodes.ask('GET', 'GETSNAPSHOTTABLEDIRECTORYLIST', '/'));
}

const snapshotSchema = z.unknown().transform((status): HdfsSnapshot => {
  const { name, modified } = entryIn(status);
  return { name, modified };
});
const folderSchema = z
  .object({ FileStatuses: z.object({ FileStatus: z.array(snapshotSchema) }) })
  .transform((answer) => answer.FileStatuses.FileStatus);

/** A snapshot that waits for its turn to be deleted is listed still, as DELETED. */
const listSchema = z
  .object({ SnapshotList: z.array(z.object({ dirStatus: snapshotSchema, deletionStatus: z.string().optional() })) })
  .transform(({ SnapshotList }) =>
    SnapshotList.filter(({ deletionStatus }) => deletionStatus !== 'DELETED').map(({ dirStatus }) => dirStatus),
  );

const directoriesSchema = z
  .object({
    SnapshottableDirectoryList: z
      .array(
        z.object({
          parentFullPath: z.string(),
          dirStatus: z.object({ pathSuffix: z.string() }),
          snapshotNumber: z.number(),
          snapshotQuota: z.number(),
        }),
      )
      .nullish(),
  })
  .transform(({ SnapshottableDirectoryList }) =>
    (SnapshottableDirectoryList ?? []).map((found): SnapshottableDirectory => ({
      path: `${found.parentFullPath.replace(/\/$/, '')}/${found.dirStatus.pathSuffix}`,
      snapshots: found.snapshotNumber,
      quota: found.snapshotQuota,
    })),
  );
