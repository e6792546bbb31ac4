import type { Dirent } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../model/errors';
import { isSafeRelativeName } from '../model/names';

/** A regular file below a dumped folder. `path` is relative, with forward slashes. */
export interface DumpedFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * All regular files below the folder, sorted by path (code units), so that the same files give the same archive.
 * Folders count only for what is in them. `unsupported` for anything else: leaving it out would lose it silently.
 */
export async function dumpedFiles(folder: string): Promise<DumpedFile[]> {
  const files: DumpedFile[] = [];
  for await (const path of pathsBelow(folder, '')) files.push({ path, bytes: (await lstat(join(folder, path))).size });
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function* pathsBelow(folder: string, prefix: string): AsyncGenerator<string> {
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) yield* pathsBelow(folder, `${path}/`);
    else yield checkedPath(path, entry);
  }
}

function checkedPath(path: string, entry: Dirent): string {
  if (!entry.isFile()) throw refuse(path, 'is not a regular file');
  // Node decodes names that are no UTF-8 with this character: such a file would not be found again.
  if (!isSafeRelativeName(path) || path.includes('\ufffd'))
    throw refuse(path, 'has a name that is not safe to restore');
  return path;
}

/**
 * The file's bytes, in chunks of `chunkBytes` but for the last. `conflict` when the file has not the size any
 * more that it had: a dump must be at rest while it is packed.
 */
export async function* readWhole(folder: string, file: DumpedFile, chunkBytes: number): AsyncGenerator<Buffer> {
  const handle = await open(join(folder, file.path), 'r');
  try {
    for (let at = 0; at < file.bytes; at += chunkBytes) {
      yield await readFully(handle, Math.min(chunkBytes, file.bytes - at), file);
    }
    if ((await handle.stat()).size !== file.bytes) throw changed(file);
  } finally {
    await handle.close();
  }
}

async function readFully(handle: FileHandle, bytes: number, file: DumpedFile): Promise<Buffer> {
  const chunk = Buffer.allocUnsafeSlow(bytes);
  for (let filled = 0; filled < bytes;) {
    const { bytesRead } = await handle.read(chunk, filled, bytes - filled, null);
    if (bytesRead === 0) throw changed(file);
    filled += bytesRead;
  }
  return chunk;
}

function changed(file: DumpedFile): BackupError {
  return new BackupError('conflict', `the file ${file.path} changed while it was packed`, { path: file.path });
}

function refuse(path: string, why: string): BackupError {
  return new BackupError('unsupported', `${JSON.stringify(path)} in the dump ${why}`, { path });
}
