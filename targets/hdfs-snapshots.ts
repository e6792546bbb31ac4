import { dirname } from 'node:path/posix';
import { BackupError, isKind } from '../model/errors';
import { isWithin } from '../model/hdfs';
import type { TargetSnapshots } from '../model/target';
import { openHdfsTree } from '../servers/hdfs-tree';
import type { WebHdfs } from '../servers/webhdfs';
import { hdfsError, isAbsent, onHdfs } from './hdfs-errors';
import { checkReadable, checkSnapshotName, checkWritable, frozenName, nameOf, pathOf } from './hdfs-names';

export interface SnapshotsOptions {
  readonly dfs: WebHdfs;
  /** The target's directory. */
  readonly base: string;
  /** Removes a directory of the target and those above it, up to the first that holds something. */
  removeEmptyFolders(path: string): Promise<void>;
}

/** Snapshots of directories of HDFS. Beside the seam's kinds `denied`: only superusers allow snapshots. */
export function openHdfsSnapshots({ dfs, base, removeEmptyFolders }: SnapshotsOptions): TargetSnapshots {
  const at = (folder: string) => (checkWritable(folder), pathOf(base, folder));
  return {
    open: async (folder) => open(dfs, at(folder)),
    create: async (folder, name) => create(dfs, at(folder), folder, named(name)),
    rename: async (folder, from, to) => rename(dfs, at(folder), folder, named(from), named(to)),
    list: async (folder) => namesOf(dfs, at(folder), folder),
    remove: async (folder, name) =>
      onHdfs(`remove the snapshot ${name} of ${folder}`, dfs.deleteSnapshot(at(folder), named(name))),
    changes: async (folder, from, to, most) =>
      onHdfs(`compare snapshots of ${folder}`, changes(dfs, at(folder), named(from), to && named(to), most)),
    folders: async (prefix) => {
      if (prefix !== '') checkReadable(prefix);
      const names = await foldersWithSnapshots(dfs, base);
      return names.filter((name) => prefix === '' || name.startsWith(`${prefix}/`)).sort();
    },
    discard: async (folder, name) => {
      checkWritable(name);
      await onHdfs(`remove ${name} of ${folder}`, dfs.remove(pathOf(at(folder), name)));
    },
    async close(folder) {
      // HDFS itself refuses as long as there are snapshots, so none can come in between.
      await onHdfs(`remove ${folder}`, dfs.remove(at(folder)), { conflict: 'remove its snapshots first' });
      await removeEmptyFolders(dirname(at(folder)));
    },
    read(folder, snapshot, name) {
      if (name !== '') checkReadable(name);
      const path = at(folder);
      return openHdfsTree(dfs, pathOf(path, snapshot === undefined ? name : frozenName('', named(snapshot), name)));
    },
  };
}

/** Names of the folders of a target that may have snapshots: all of them for a superuser, else the user's own. */
export async function foldersWithSnapshots(dfs: WebHdfs, base: string): Promise<readonly string[]> {
  const all = await onHdfs('list the directories with snapshots', dfs.snapshottableDirectories());
  return all.flatMap(({ path }) => nameOf(base, path) ?? []);
}

async function open(dfs: WebHdfs, path: string): Promise<void> {
  const all = await onHdfs('list the directories with snapshots', dfs.snapshottableDirectories());
  const other = all.find((one) => one.path !== path && (isWithin(path, one.path) || isWithin(one.path, path)));
  if (other !== undefined) throw nested(path, other.path);
  await onHdfs(`make ${path}`, dfs.mkdirs(path, '700'));
  if (all.some((one) => one.path === path) || (await dfs.status(path))?.isSnapshottable === true) return;
  await onHdfs(`allow snapshots of ${path}`, dfs.allowSnapshots(path), {
    denied: `make the worker's user a superuser of that HDFS (a member of its dfs.permissions.superusergroup), or run \`hdfs dfsadmin -allowSnapshot ${path}\` as one`,
    conflict: 'HDFS keeps no snapshots inside others; choose another directory for the target',
  });
}

async function create(dfs: WebHdfs, path: string, folder: string, name: string): Promise<void> {
  try {
    await dfs.createSnapshot(path, name);
  } catch (error) {
    if (isKind(error, 'conflict') && (await namesOf(dfs, path, folder)).includes(name)) return;
    throw hdfsError(`make the snapshot ${name} of ${folder}`, error, {
      full: 'remove old sets; HDFS keeps a limited number of snapshots of a directory',
    });
  }
}

async function rename(dfs: WebHdfs, path: string, folder: string, from: string, to: string): Promise<void> {
  const doing = `rename the snapshot ${from} of ${folder} to ${to}`;
  try {
    await dfs.renameSnapshot(path, from, to);
  } catch (error) {
    const names = await namesOf(dfs, path, folder);
    if (names.includes(from)) throw hdfsError(doing, error, { conflict: `see where the other ${to} comes from` });
    if (!names.includes(to)) throw new BackupError('missing', `could not ${doing}: there is neither`);
  }
}

async function namesOf(dfs: WebHdfs, path: string, folder: string): Promise<readonly string[]> {
  try {
    return (await dfs.snapshotsOf(path)).map(({ name }) => name).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw hdfsError(`list the snapshots of ${folder}`, error);
  }
}

/** The folder itself is left out: it differs whenever an entry came to it or left it. */
async function changes(dfs: WebHdfs, path: string, from: string, to: string, most: number): Promise<string[]> {
  try {
    return await changed(dfs, path, from, to, most);
  } catch (error) {
    // HDFS says so of a directory that is not there, too.
    if (!isKind(error, 'precondition')) throw error;
    throw new BackupError('missing', `${path} has no snapshots`, {}, { cause: error });
  }
}

async function changed(dfs: WebHdfs, path: string, from: string, to: string, most: number): Promise<string[]> {
  const names = new Set<string>();
  for await (const change of dfs.snapshotDiff(path, from, to)) {
    for (const name of [change.path, change.to ?? '']) if (name !== '' && names.size < most) names.add(name);
    if (names.size >= most) break;
  }
  return [...names];
}

function named(snapshot: string): string {
  checkSnapshotName(snapshot);
  return snapshot;
}

function nested(path: string, other: string): BackupError {
  const where = isWithin(path, other) ? 'above' : 'below';
  return new BackupError('conflict', `${path} cannot have snapshots: the directory ${other} ${where} it has its own`, {
    hint: 'HDFS keeps no snapshots inside others; choose another directory for the target',
  });
}
