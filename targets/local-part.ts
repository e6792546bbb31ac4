import { randomBytes } from 'node:crypto';
import { type FileHandle, open, opendir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Control } from '../model/control';
import { BackupError } from '../model/errors';
import type { Body } from '../model/target';
import { chunksOf, inBlocks, stopIfCancelled } from './checked-body';
import { codeOf, fileError, onDisk } from './file-errors';
import { makeFolder, removeEmptyFolders, syncFolder } from './local-folders';
import { partPrefix } from './part-names';

/**
 * The unfinished file of a put, beside the object that it will become.
 *
 * A put always starts anew. What a killed one left is never gone on with: nothing proves that it is the same body (a
 * source that is dumped again gives other bytes), nor that its blocks reached the disk. It is removed first, so that a
 * large archive does not need its space twice. If its put lives after all (an attempt that was given up on), that put
 * ends with `conflict`: the newest wins, and whoever looks before it makes its own part cannot remove a newer one.
 */
export interface Part {
  readonly root: string;
  readonly name: string;
  readonly path: string;
  readonly handle: FileHandle;
}

const blockBytes = 1024 * 1024;
/** Written back this often: the last sync is short then, progress is honest, and the host keeps its page cache. */
const syncEveryBytes = 64 * 1024 * 1024;
/** Remains of smaller bodies are left to `clean`: they cost less than reading a large folder at each put. */
const smallBytes = 8 * 1024 * 1024;
/** How often a concurrent `remove` may take the empty folder away before we give up. */
const folderAttempts = 10;

/** Makes the folder and an empty part in it. */
export async function createPart(root: string, name: string, body: Body): Promise<Part> {
  for (let attempt = 1; ; attempt++) {
    try {
      const folder = await makeFolder(root, dirname(name));
      if (body.bytes === undefined || body.bytes > smallBytes) await removeEarlierParts(folder, name);
      const path = join(folder, `${partPrefix(name)}${randomBytes(8).toString('hex')}`);
      return { root, name, path, handle: await open(path, 'wx', 0o600) };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === folderAttempts) throw fileError(`store ${name}`, error);
    }
  }
}

/** Writes the whole body and makes it durable. Returns how many bytes the disk has. */
export async function fillPart({ name, handle }: Part, body: Body, control: Control): Promise<number> {
  let written = 0;
  let synced = 0;
  for await (const block of inBlocks(chunksOf(name, body, control), blockBytes)) {
    await onDisk(`store ${name}`, handle.writeFile(block));
    written += block.length;
    if (written - synced < syncEveryBytes) continue;
    await onDisk(`store ${name}`, handle.datasync());
    synced = written;
  }
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
    throw codeOf(error) === 'ENOENT' ? takenOver(name) : error;
  }
  await syncFolder(dirname(path));
}

/** Takes away whatever the put made. Never throws: the put's own error is the one that matters. */
export async function discardPart({ root, name, path, handle }: Part): Promise<void> {
  await handle.close().catch(() => undefined);
  await rm(path, { force: true }).catch(() => undefined);
  await removeEmptyFolders(root, dirname(name)).catch(() => undefined);
}

async function removeEarlierParts(folder: string, name: string): Promise<void> {
  for await (const entry of await opendir(folder)) {
    if (entry.name.startsWith(partPrefix(name))) await rm(join(folder, entry.name), { force: true });
  }
}

function takenOver(name: string): BackupError {
  return new BackupError('conflict', `could not store ${name}: a newer attempt to store it has taken over`, {
    hint: 'see which other run or worker writes to this folder',
  });
}

function wrongSize(name: string, written: number, size: number): BackupError {
  return new BackupError('corrupt', `could not store ${name}: ${written} bytes were written and ${size} are there`, {
    hint: 'do not trust this disk or mount before it is checked',
  });
}
