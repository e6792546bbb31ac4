import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { lchown, lstat, mkdir, open, readdir, readlink, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import { BackupError, type ErrorKind } from '../model/errors';
import { isSafeRelativeName } from '../model/names';
import { hasSystemCode, isAbsent, systemCodeOf } from '../servers/system-error';
import { copyFile } from './disk';
import { corrupt, type Found } from './oms-note';

/**
 * A folder with configuration, as it is at this moment: folders, files and links with their modes, owners and times. What a
 * file holds is copied into the dump, below `at`. Sockets are left out, as they live only with their process.
 */
export async function dumpFolder(folder: Directory, into: Directory, at: string, control: Control): Promise<Found[]> {
  return await onFolders(dumpWhole(folder, into, at, control));
}

async function dumpWhole(folder: Directory, into: Directory, at: string, control: Control): Promise<Found[]> {
  const found: Found[] = [];
  for await (const path of pathsIn(folder, '')) {
    stopIfAborted(control);
    const one = await foundAt(folder, path, { into, at, number: found.length });
    if (one !== undefined) found.push(one);
    control.report({ files: found.length });
  }
  return found;
}

async function* pathsIn(folder: Directory, path: string): AsyncGenerator<string> {
  yield path;
  const full = join(folder, path);
  if ((await orGone(lstat(full)))?.isDirectory() !== true) return;
  for (const name of ((await orGone(readdir(full))) ?? []).sort())
    yield* pathsIn(folder, path === '' ? name : `${path}/${name}`);
}

/** Node decodes names that are no UTF-8 with this character: such a file would not be found again. */
const notDecoded = '\ufffd';

/** Somebody may remove a file, such as an editor's, between one look and the next. */
async function orGone<T>(looking: Promise<T>): Promise<T | undefined> {
  return await looking.catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
}

interface Place {
  readonly into: Directory;
  readonly at: string;
  readonly number: number;
}

async function foundAt(folder: Directory, path: string, place: Place): Promise<Found | undefined> {
  const full = join(folder, path);
  if (path.includes(notDecoded)) throw refused(full, 'has a name that is no UTF-8');
  const stats = await orGone(lstat(full));
  if (stats === undefined) return undefined;
  const { mode, uid, gid, mtimeMs: modified } = stats;
  const plain = { path, mode: mode & 0o7777, uid, gid, modified };
  const kind = mode & constants.S_IFMT;
  if (kind === constants.S_IFDIR) return { ...plain, what: { kind: 'folder' } };
  if (kind === constants.S_IFLNK) return { ...plain, what: { kind: 'link', to: await linkedTo(full) } };
  if (kind === constants.S_IFSOCK) return undefined;
  if (kind !== constants.S_IFREG) throw refused(full, 'is neither a file nor a folder nor a link');
  const named = `${place.at}/${path}`;
  const at = isSafeRelativeName(named) ? named : `${place.at}.others/${place.number}`;
  return { ...plain, what: { kind: 'file', at, ...(await copyOf(full, join(place.into, at), stats.size)) } };
}

async function linkedTo(path: string): Promise<string> {
  const to = await readlink(path);
  if (to.includes(notDecoded)) throw refused(path, 'leads to a name that is no UTF-8');
  return to;
}

function refused(path: string, why: string): BackupError {
  return new BackupError('unsupported', `${JSON.stringify(path)} ${why}`, {
    hint: 'move it out of the configuration folder, or name the folders below that are to be backed up',
  });
}

/** As many bytes as it had when it was looked at: to what is appended meanwhile the next run comes. */
async function copyOf(from: string, to: string, bytes: number): Promise<{ bytes: number; sha256: string }> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const out = await open(to, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    let copied = 0;
    for (const block = Buffer.alloc(256 * 1024); copied < bytes;) {
      const { bytesRead } = await source.read(block, 0, Math.min(block.length, bytes - copied), null);
      if (bytesRead === 0) throw new BackupError('unavailable', `${from} became shorter while it was read`);
      hash.update(block.subarray(0, bytesRead));
      await out.appendFile(block.subarray(0, bytesRead));
      copied += bytesRead;
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await Promise.all([source.close(), out.close()]);
  }
}

/** Builds such a folder anew from a dump that was checked, whole and durable but for its own name. */
export async function buildFolder(
  folder: Directory,
  from: Directory,
  all: readonly Found[],
  control: Control,
): Promise<void> {
  await onFolders(buildWhole(folder, from, all, control));
}

async function buildWhole(folder: Directory, from: Directory, all: readonly Found[], control: Control): Promise<void> {
  for (const { path, what } of all) {
    stopIfAborted(control);
    await make(join(folder, path), from, what, control);
    control.report({});
  }
  // From the innermost: a folder whose mode is set may take nothing more, and its time is that of its last change.
  for (const one of [...all].reverse()) await finish(join(folder, one.path), one);
}

/** Nobody else comes to it before it is finished: the folder that it lies in is closed so long. */
async function make(path: string, from: Directory, what: Found['what'], { signal }: Control): Promise<void> {
  if (what.kind === 'folder') await mkdir(path, { mode: 0o700 });
  else if (what.kind === 'link') await symlink(what.to, path);
  else await copyFile(join(from, what.at), path, signal, () => undefined);
}

async function finish(path: string, { what, mode, uid, gid, modified }: Found): Promise<void> {
  await giveTo(path, uid, gid);
  if (what.kind === 'link') return;
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.chmod(mode);
    await utimes(path, new Date(), new Date(modified));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Only root may give files away; anyone else owns what he has made. */
async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  const made = await lstat(path);
  if (made.uid === uid && made.gid === gid) return;
  await lchown(path, uid, gid).catch((cause: unknown) => {
    if (!hasSystemCode(cause, 'EPERM')) throw cause;
    throw new BackupError(
      'denied',
      `the worker's user may not give ${path} to user ${uid} and group ${gid}, who owned it`,
      { hint: asRoot },
      { cause },
    );
  });
}

const asRoot = 'run the worker of this host as root for the time of the restoration';

/** What the system says of a path, in words. */
export async function onFolders<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    const meaning = meanings[code];
    if (meaning === undefined) throw error;
    const { path = 'the configuration', syscall } = error as { readonly path?: string; readonly syscall?: string };
    const what = `could not use ${path}: ${code}${syscall === undefined ? '' : ` (${syscall})`}`;
    throw new BackupError(meaning.kind, what, { hint: meaning.hint, code }, { cause: error });
  }
}

const rights = {
  kind: 'denied',
  hint: 'run the worker of this host as root, or as the owner of the configuration and of the folder that it lies in',
} as const;
const room = { kind: 'full', hint: 'make room on the disk of the configuration, or of the spool' } as const;
const changing = { kind: 'unavailable', hint: 'somebody changes the configuration at this moment' } as const;
const meanings: Readonly<Record<string, { readonly kind: ErrorKind; readonly hint: string }>> = {
  EACCES: rights,
  EPERM: rights,
  EROFS: { kind: 'denied', hint: 'the disk is mounted read-only' },
  ENOSPC: room,
  EDQUOT: room,
  ENOENT: changing,
  ENOTDIR: changing,
  ELOOP: changing,
};

/** Compares the files of a dump with what its note says; what else lies there is for the caller to find. */
export async function checkFiles(from: Directory, all: readonly Found[], control: Control): Promise<string[]> {
  const names: string[] = [];
  for (const { what } of all) {
    if (what.kind !== 'file') continue;
    await checkFile(from, what.at, what.sha256, control);
    names.push(what.at);
  }
  return names;
}

/** `corrupt` where it is missing, or holds other bytes. */
export async function checkFile(from: Directory, name: string, sha256: string, control: Control): Promise<void> {
  const digest = await digestOfFile(join(from, name), control).catch((error: unknown) => {
    throw hasSystemCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR') ? corrupt(`there is no ${name}`, error) : error;
  });
  if (digest !== sha256) throw corrupt(`${name} is not what was written`);
}

/** SHA-256 of a file, as hexadecimal digits. */
export async function digestOfFile(path: string, control: Control): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    stopIfAborted(control);
    hash.update(chunk);
  }
  return hash.digest('hex');
}

export function stopIfAborted({ signal }: Control): void {
  if (signal.aborted) throw new BackupError('cancelled', 'stopped before its end');
}
