import { type FileHandle, constants, lstat, open, opendir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Control } from '../model/control';
import { BackupError } from '../model/errors';
import type { Body } from '../model/target';
import { chunksOf, inBlocks, stopIfCancelled } from './checked-body';
import { isAbsent, systemCodeOf } from '../servers/system-error';
import { fileError, onDisk } from './file-errors';
import { heardLater } from './heard-later';
import { makeFolder, removeEmptyFolders, syncFolder } from './local-folders';
import { takenOver } from './object-errors';
import { isPartOf, newPartName, partPrefix } from './part-names';

/**
 * The unfinished file of a put, beside the object that it will become.
 *
 * What a put that was cut off left is gone on from when it was of the same body (its id is in the part's name), and is
 * removed otherwise, so that a large archive does not need its space twice. It is taken over by renaming it: if its put
 * lives after all (an attempt that was given up on), that put finds its part gone before its next block and ends with
 * `conflict`. The one block that it may be writing just then has the same bytes at the same place, as both have one id.
 * The newest wins, and whoever looks before it makes its own part cannot remove a newer one.
 */
export interface Part {
  readonly root: string;
  readonly name: string;
  readonly path: string;
  readonly handle: FileHandle;
  /** Bytes of the body that it holds already. */
  readonly from: number;
}

const blockBytes = 1024 * 1024;
/**
 * Each time that so many bytes are there the disk is told to make them durable, and takes them while the next are written;
 * none is written beyond those before it has. So a part's size alone tells what of it the disk has, whatever the host went
 * through: all up to the last multiple but one below the size. It keeps the last sync short, too, progress honest, and the
 * host's page cache its own.
 */
const syncEveryBytes = 16 * 1024 * 1024;
/** Remains of smaller bodies are left to `clean`: they cost less than reading a large folder at each put. */
const smallBytes = 8 * 1024 * 1024;
/** How often a concurrent `remove` may take the empty folder away, or a put our part, before we give up. */
const attempts = 10;

/** Makes the folder and a part in it: an empty one, or what an earlier put of the same body left. */
export async function createPart(root: string, name: string, body: Body): Promise<Part> {
  for (let attempt = 1; ; attempt++) {
    try {
      const folder = await makeFolder(root, dirname(name));
      const remains = body.bytes === undefined || body.bytes > smallBytes ? await remainsIn(folder, name, body) : none;
      return await partFrom(root, name, body, remains);
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT' || attempt === attempts) throw fileError(`store ${name}`, error);
    }
  }
}

/** Writes what is not there yet and makes all durable. Returns how many bytes the disk has. */
export async function fillPart({ name, path, handle, from }: Part, body: Body, control: Control): Promise<number> {
  let written = from;
  let syncing = Promise.resolve();
  for await (const block of inBlocks(chunksOf(name, body, control, from), blockBytes)) {
    await stopIfTaken(name, path);
    for (let rest = block; rest.length > 0;) {
      const piece = rest.subarray(0, syncEveryBytes - (written % syncEveryBytes));
      await onDisk(`store ${name}`, writeAt(handle, piece, written));
      written += piece.length;
      rest = rest.subarray(piece.length);
      if (written % syncEveryBytes !== 0) continue;
      await syncing;
      syncing = heardLater(onDisk(`store ${name}`, handle.datasync()));
    }
  }
  await syncing;
  await onDisk(`store ${name}`, handle.sync());
  const { size } = await onDisk(`store ${name}`, handle.stat());
  if (size !== written) throw wrongSize(name, written, size);
  return size;
}

/** Gives the part the object's name, durably. */
export async function publishPart({ root, name, path, handle }: Part, control: Control): Promise<void> {
  await onDisk(`store ${name}`, handle.close());
  stopIfCancelled(name, control);
  try {
    await rename(path, join(root, name));
  } catch (error) {
    throw systemCodeOf(error) === 'ENOENT' ? takenOver(name) : error;
  }
  await syncFolder(dirname(path));
}

/** Leaves the part to the next attempt. Never throws. */
export async function leavePart({ handle }: Part): Promise<void> {
  await handle.close().catch(() => undefined);
}

/** Takes away whatever the put made. Never throws: the put's own error is the one that matters. */
export async function discardPart(part: Part): Promise<void> {
  await leavePart(part);
  await rm(part.path, { force: true }).catch(() => undefined);
  await removeEmptyFolders(part.root, dirname(part.name)).catch(() => undefined);
}

interface Remains {
  /** Undefined when nothing can be gone on from. */
  readonly path: string | undefined;
  readonly from: number;
}

const none: Remains = { path: undefined, from: 0 };

/** The part that holds the most of this body; all others of the object are removed. */
async function remainsIn(folder: string, name: string, body: Body): Promise<Remains> {
  let best = none;
  for await (const { name: base } of await opendir(folder)) {
    if (!base.startsWith(partPrefix(name))) continue;
    const path = join(folder, base);
    const from = body.id !== undefined && isPartOf(base, name, body.id) ? await durableBytes(path, body) : 0;
    const worse = from > best.from ? best.path : path;
    if (from > best.from) best = { path, from };
    if (worse !== undefined) await rm(worse, { force: true });
  }
  return best;
}

/** How much of a part is on the disk for certain. 0 for what no put of this body can have left. */
async function durableBytes(path: string, body: Body): Promise<number> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size > (body.bytes ?? Infinity)) return 0;
    return Math.max(0, (Math.floor((stats.size - 1) / syncEveryBytes) - 1) * syncEveryBytes);
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
}

/** What lies in it beyond `from` is written over: it ends before the second next sync has ended. */
async function partFrom(root: string, name: string, body: Body, { path: remains, from }: Remains): Promise<Part> {
  const path = join(root, dirname(name), newPartName(name, body.id));
  if (remains === undefined) return { root, name, path, from, handle: await open(path, 'wx', 0o600) };
  await rename(remains, path);
  return { root, name, path, from, handle: await open(path, constants.O_WRONLY | constants.O_NOFOLLOW) };
}

async function stopIfTaken(name: string, path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    throw isAbsent(error) ? takenOver(name) : fileError(`store ${name}`, error);
  }
}

async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

function wrongSize(name: string, written: number, size: number): BackupError {
  return new BackupError('corrupt', `could not store ${name}: ${written} bytes were written and ${size} are there`, {
    hint: 'do not trust this disk or mount before it is checked',
  });
}
