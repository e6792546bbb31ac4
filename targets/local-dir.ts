import '../model/dispose';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm, statfs } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Control, noControl } from '../model/control';
import { BackupError } from '../model/errors';
import { isSafeRelativeName } from '../model/names';
import type { BackupTarget, Body, Range, Stored, TargetTraits } from '../model/target';
import { isCutOff } from './cut-off';
import { isAbsent, systemCodeOf } from '../servers/system-error';
import { fileError, onDisk } from './file-errors';
import { findFolder, realRoot, removeEmptyFolders, removeIfEmpty } from './local-folders';
import { createPart, discardPart, fillPart, leavePart, publishPart } from './local-part';
import { readExactly } from './local-read';
import { walk } from './local-walk';
import { checkName, missing } from './object-errors';
import { isPart } from './part-names';

export { usedBytes } from './used-bytes';

const traits: TargetTraits = { atomicPut: true, snapshots: false, distCp: false, hostBound: true };

export interface LocalDirOptions {
  /** Absolute path of an existing folder of this host: LocalBackup, or a mounted share. It may itself be a link. */
  readonly root: string;
}

/**
 * A folder on a disk of this host, or a share that is mounted there.
 *
 * Files have mode 600 and folders 700, as in the product. Symbolic links below the root are neither followed nor
 * listed. Beside the seam's kinds: `conflict` when a file stands where a folder is needed, or a newer put of the same
 * name took over; `unavailable` when the root is absent.
 */
export function openLocalDir({ root }: LocalDirOptions): BackupTarget {
  if (!isAbsolute(root)) throw new BackupError('invalid', `the folder ${root} is not an absolute path`);
  return {
    traits,
    put: (name, body, control = noControl()) => put(root, name, body, control),
    get: (name, range) => get(root, name, range),
    stat: (name) => stat(root, name),
    list: (prefix) => list(root, prefix),
    remove: (name) => remove(root, name),
    clean: (prefix) => clean(root, prefix),
    remains: (prefix) => remains(root, prefix),
    freeBytes: () => freeBytes(root),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function put(root: string, name: string, body: Body, control: Control): Promise<Stored> {
  checkName(name);
  const part = await createPart(await realRoot(root), name, body);
  try {
    const bytes = await fillPart(part, body, control);
    await onDisk(`store ${name}`, publishPart(part, control));
    return { name, bytes };
  } catch (error) {
    await (isCutOff(body, control, error) ? leavePart(part) : discardPart(part));
    throw error;
  }
}

async function get(root: string, name: string, range?: Range): Promise<Readable> {
  const handle = await openObject(root, name);
  try {
    const stats = await onDisk(`read ${name}`, handle.stat());
    if (!stats.isFile()) throw missing(name);
    return readExactly(handle, { name, bytes: stats.size }, range);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function stat(root: string, name: string): Promise<Stored | undefined> {
  checkName(name);
  const folder = await findFolder(await realRoot(root), dirname(name));
  return folder === undefined ? undefined : storedAt(join(root, name), name);
}

async function* list(root: string, prefix: string): AsyncGenerator<Stored> {
  const folder = await folderOf(root, prefix);
  if (folder === undefined) return;
  for await (const { kind, path, name, base } of walk(folder, prefix)) {
    // Files that somebody else put there under a name that cairn would refuse are no objects.
    if (kind === 'folder' || isPart(base) || !isSafeRelativeName(name)) continue;
    const stored = await storedAt(path, name);
    if (stored !== undefined) yield stored;
  }
}

async function remove(root: string, name: string): Promise<void> {
  checkName(name);
  const base = await realRoot(root);
  const folder = await findFolder(base, dirname(name));
  if (folder === undefined) return;
  const path = join(base, name);
  if ((await storedAt(path, name)) !== undefined) await onDisk(`remove ${name}`, rm(path, { force: true }));
  await onDisk(`remove ${name}`, removeEmptyFolders(base, dirname(name)));
}

/** Empty folders go too: a put may have been killed between making one and its first file. */
async function clean(root: string, prefix: string): Promise<void> {
  const folder = await folderOf(root, prefix);
  if (folder === undefined) return;
  for await (const { kind, path, name, base } of walk(folder, prefix)) {
    if (kind === 'folder') await onDisk(`clean ${name}`, removeIfEmpty(path));
    else if (isPart(base)) await onDisk(`clean ${name}`, rm(path, { force: true }));
  }
  await onDisk(`clean ${prefix}`, removeEmptyFolders(await realRoot(root), prefix));
}

async function* remains(root: string, prefix: string): AsyncGenerator<Stored> {
  const folder = await folderOf(root, prefix);
  if (folder === undefined) return;
  for await (const { kind, path, name, base } of walk(folder, prefix)) {
    const stored = kind === 'file' && isPart(base) ? await storedAt(path, name) : undefined;
    if (stored !== undefined) yield stored;
  }
}

async function freeBytes(root: string): Promise<number> {
  const { bavail, bsize } = await onDisk(`ask ${root} for its free space`, statfs(await realRoot(root)));
  return bavail * bsize;
}

/** The folder that holds what has the prefix; '' is the root. */
async function folderOf(root: string, prefix: string): Promise<string | undefined> {
  if (prefix !== '') checkName(prefix);
  return findFolder(await realRoot(root), prefix);
}

async function openObject(root: string, name: string): Promise<FileHandle> {
  checkName(name);
  const base = await realRoot(root);
  if ((await findFolder(base, dirname(name))) === undefined) throw missing(name);
  try {
    // Without NONBLOCK, a named pipe that somebody left there would block the worker's thread.
    return await open(join(base, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error) || systemCodeOf(error) === 'ELOOP') throw missing(name);
    throw fileError(`read ${name}`, error);
  }
}

async function storedAt(path: string, name: string): Promise<Stored | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isFile() ? { name, bytes: stats.size } : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fileError(`look at ${name}`, error);
  }
}
