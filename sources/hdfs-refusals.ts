import { BackupError, isKind } from '../model/errors';
import { type HdfsAddress, isWithin } from '../model/hdfs';
import type { HadoopCommand } from '../servers/hadoop-command';
import type { Login } from '../servers/login';
import { encryptionZones } from '../servers/name-node-lists';
import type { SnapshottableDirectory } from '../servers/webhdfs';

/** What a source of HDFS directories is opened with. */
export interface HdfsSourceOptions {
  readonly login: Login;
  /** Needed only where the login cannot speak RPC. */
  readonly command?: HadoopCommand;
  /** Every HDFS that the cluster's configuration names: one may be another's by a second name. */
  readonly known?: readonly HdfsAddress[];
  /** How many snapshots a directory may have; HDFS's own limit when absent. */
  readonly maxSnapshots?: number;
}

/** HDFS's own limit for one directory (product facts §2). */
export const maxSnapshots = 65_536;

/** The roots of all encryption zones. Only a superuser is told them, and only a superuser may allow snapshots. */
export async function zonesOf(hdfs: HdfsAddress, options: HdfsSourceOptions): Promise<readonly string[]> {
  const { login, command } = options;
  try {
    return await encryptionZones({ addresses: hdfs.nameNodes, login, ...(command && { command }) });
  } catch (error) {
    if (!isKind(error, 'denied')) throw error;
    throw new BackupError(
      'denied',
      `cairn's user is no superuser of HDFS ${hdfs.nameService}`,
      { hint },
      { cause: error },
    );
  }
}

const hint =
  "it must allow snapshots and see encryption zones: add it to the group that dfs.permissions.superusergroup names, or name another one as hadoop.user in the workers' cairn.yaml";

/** `unsupported` when there is a zone at the path, above or below it. */
export function refuseEncrypted(path: string, zones: readonly string[]): void {
  const zone = zones.find((root) => isRelated(path, root));
  if (zone === undefined) return;
  const where = zone === path ? 'is an encryption zone' : `${placeOf(zone, path)} the encryption zone ${zone}`;
  throw new BackupError('unsupported', `${path} ${where}`, {
    hint: 'encrypted data is neither backed up nor restored; choose other directories',
  });
}

/** `precondition` when the directory can have no further snapshot. */
export function refuseNoRoom(path: string, directories: readonly SnapshottableDirectory[], limit: number): void {
  const found = directories.find((directory) => directory.path === path);
  if (found === undefined || found.snapshots < Math.min(found.quota, limit)) return;
  throw new BackupError('precondition', `${path} has ${found.snapshots} snapshots and can have no more`, {
    hint: 'delete those that are not needed with `hdfs dfs -deleteSnapshot`, or keep fewer recovery points',
  });
}

/** A directory above the path or below it that may have snapshots; HDFS does not nest them. */
export function nestedWith(
  path: string,
  directories: readonly SnapshottableDirectory[],
): SnapshottableDirectory | undefined {
  return directories.find((directory) => directory.path !== path && isRelated(path, directory.path));
}

/** `precondition` when the path cannot be allowed snapshots. */
export function refuseNested(path: string, directories: readonly SnapshottableDirectory[]): void {
  const other = nestedWith(path, directories);
  if (other === undefined) return;
  throw new BackupError(
    'precondition',
    `${path} ${placeOf(other.path, path)} ${other.path}, which may have snapshots; HDFS does not nest them`,
    { hint: `back up ${other.path} itself, or \`hdfs dfsadmin -disallowSnapshot\` it when nobody needs its snapshots` },
  );
}

function placeOf(other: string, path: string): string {
  return isWithin(path, other) ? 'lies in' : 'holds';
}

/** True when one holds the other, or both are the same. */
export function isRelated(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}
