import { createReadStream, createWriteStream } from 'node:fs';
import { access, chown, mkdir, open, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import { BackupError } from '../model/errors';
import { hasSystemCode, isAbsent } from '../servers/system-error';

/** Files to put into a new directory, and the path that its owner is taken from. */
export interface Copy {
  readonly from: Directory;
  readonly files: readonly string[];
  readonly ownedLike: string;
  readonly mode: number;
}

/** Makes a new directory of copies; all of it is durable. `cancelled` when stopped in the middle, `full`. */
export async function copyInto(to: Directory, { from, files, ownedLike, mode }: Copy, control: Control): Promise<void> {
  await mkdir(to, { mode });
  let bytes = 0;
  for (const [n, name] of files.entries()) {
    await copyFile(join(from, name), join(to, name), control.signal, (more) =>
      control.report({ bytes: (bytes += more), files: n, totalFiles: files.length }),
    );
    await giveToOwnerOf(ownedLike, join(to, name));
  }
  await giveToOwnerOf(ownedLike, to);
  await syncDirectory(to);
}

/** One file, durably. */
export async function copyFile(
  from: string,
  to: string,
  signal: AbortSignal,
  copied: (bytes: number) => void,
): Promise<void> {
  try {
    await pipeline(
      createReadStream(from, { highWaterMark: 1024 * 1024 }).on('data', (chunk) => copied(chunk.length)),
      createWriteStream(to, { flush: true }),
      { signal },
    );
  } catch (cause) {
    if (signal.aborted) throw new BackupError('cancelled', `stopped while writing ${to}`, {}, { cause });
    throw isFull(cause) ? new BackupError('full', `no space left for ${to}`, {}, { cause }) : cause;
  }
}

function isFull(error: unknown): boolean {
  return hasSystemCode(error, 'ENOSPC', 'EDQUOT');
}

/** Makes a directory that is missing, owned like the one that it lies in. */
export async function createLikeParent(dir: Directory): Promise<void> {
  if (await exists(dir)) return;
  await createLikeParent(dirname(dir));
  await mkdir(dir, { mode: 0o755 });
  await giveToOwnerOf(dirname(dir), dir);
}

/** Only root may give files away; anyone else is their owner anyway. */
async function giveToOwnerOf(model: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(model);
  await chown(path, uid, gid);
}

/** `full` when one of the file systems cannot take all that is to be written to the directories that lie on it. */
export async function refuseFullDisks(
  places: readonly { readonly dir: Directory; readonly bytes: number }[],
): Promise<void> {
  const needed = new Map<number, number>();
  for (const { dir, bytes } of places) {
    const device = (await stat(dir)).dev;
    needed.set(device, (needed.get(device) ?? 0) + bytes);
    const { bavail, bsize } = await statfs(dir);
    if (bavail * bsize >= needed.get(device)!) continue;
    throw new BackupError('full', `${dir} has ${bavail * bsize} bytes free, ${needed.get(device)} are needed`);
  }
}

/** Makes the names in a directory durable. */
export async function syncDirectory(dir: Directory): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if (isAbsent(error)) return false;
      throw error;
    },
  );
}
