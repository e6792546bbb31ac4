import { dirname } from 'node:path/posix';
import { BackupError, isKind } from '../model/errors';
import { statusIn } from '../servers/sftp';
import { isAbsent, onSftp, type SftpPlaceOf } from './sftp-errors';

/**
 * Makes the folder `path` and those above it, each with mode 700, up to the target's own directory, which is there.
 * `conflict` where a file stands in the way.
 */
export async function makeFolders(place: SftpPlaceOf, path: string): Promise<void> {
  if (path === place.base || (await isFolder(place, path))) return;
  await makeFolders(place, dirname(path));
  try {
    await place.sftp.makeFolder(path);
  } catch (error) {
    // Somebody else may have made it meanwhile; the server has no word of its own for it.
    if (!(await isFolder(place, path))) throw error;
  }
}

/** Removes the folder and those above it, up to the first that still holds something; never the target's own. */
export async function removeEmptyFolders(place: SftpPlaceOf, path: string): Promise<void> {
  if (path === place.base || !path.startsWith(`${place.base}/`)) return;
  if (await removeIfEmpty(place, path)) await removeEmptyFolders(place, dirname(path));
}

/** True when the folder is gone now. Why one stays is not told by the server, and does not matter. */
export async function removeIfEmpty(place: SftpPlaceOf, path: string): Promise<boolean> {
  const { sftp } = place;
  const status = await onSftp(place, `look at ${path}`, sftp.status(path));
  // Some servers (rclone) remove a file when they are told to remove it as a folder.
  if (status?.type !== 'directory') return status === undefined;
  try {
    await sftp.removeFolder(path);
    return true;
  } catch (error) {
    if (statusIn(error) === undefined) throw error;
    return isAbsent(error);
  }
}

async function isFolder(place: SftpPlaceOf, path: string): Promise<boolean> {
  const status = await onSftp(place, `look at ${path}`, place.sftp.status(path));
  if (status === undefined || status.type === 'directory') return status !== undefined;
  throw inTheWay(path);
}

/** A file or a link where a folder is needed, or the reverse. */
export function inTheWay(path: string): BackupError {
  return new BackupError('conflict', `${path} on the server stands in the way`, {
    hint: 'a file or a link stands where a folder is needed, or the reverse; move it away',
  });
}

/** `missing` of the server's while something is made: a folder was taken away by a `remove` at the same time. */
export function isTakenAway(error: unknown): boolean {
  return isKind(error, 'missing') && statusIn(error) !== undefined;
}
