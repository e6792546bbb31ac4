import { lstat, mkdir, open, realpath, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError } from '../model/errors';
import { hasSystemCode, isAbsent, systemCodeOf } from '../servers/system-error';
import { fileError } from './file-errors';

/**
 * Folders of `localDir`. `root` is a real path (see `realRoot`), `folder` is relative to it, '.' being the root itself.
 * No folder below the root is entered through a symbolic link: it may lead anywhere. This guards against mistakes and
 * against what a restored tree may contain, not against somebody who can write in the root while we do.
 */

/** The root without symbolic links. A root that is absent is `unavailable`: an unmounted disk is no empty target. */
export async function realRoot(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (error) {
    if (!isAbsent(error)) throw fileError(`open the folder ${root}`, error);
    throw new BackupError('unavailable', `the folder ${root} is not there`, {
      hint: "mount its disk, or make it with mode 700 for the worker's user",
    });
  }
}

/** The folder's absolute path; undefined when it is absent. */
export async function findFolder(root: string, folder: string): Promise<string | undefined> {
  const wanted = join(root, folder);
  try {
    if ((await realpath(wanted)) === wanted) return wanted;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fileError(`open the folder ${folder}`, error);
  }
  throw leadsElsewhere(folder);
}

/** Makes the folder and those above it, each with mode 700 and durable. Returns its absolute path. */
export async function makeFolder(root: string, folder: string): Promise<string> {
  const path = join(root, folder);
  if (path === root) return root;
  const parent = await makeFolder(root, dirname(folder));
  try {
    await mkdir(path, { mode: 0o700 });
    await syncFolder(parent);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    if ((await lstat(path)).isSymbolicLink()) throw leadsElsewhere(folder);
  }
  return path;
}

/** Removes the folder and those above it, up to the first that still holds something; never the root. */
export async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  const path = join(root, folder);
  if (path !== root && (await removeIfEmpty(path))) return removeEmptyFolders(root, dirname(folder));
  await syncFolder(path);
}

/** True when the folder is gone now. One that is a mount stays. */
export async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
  } catch (error) {
    if (isAbsent(error)) return true;
    if (hasSystemCode(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY')) return false;
    throw error;
  }
  return true;
}

/** Makes durable which names the folder has. A folder that is gone has none. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    // Some network file systems (CIFS on older kernels) have no such operation for folders and need none.
    if (!isAbsent(error) && !hasSystemCode(error, 'EINVAL', 'ENOTSUP')) throw error;
  }
}

function leadsElsewhere(folder: string): BackupError {
  return new BackupError('invalid', `the folder ${folder} is reached through a symbolic link`, {
    hint: 'put the folder itself in its place, or mount the other disk there',
  });
}
