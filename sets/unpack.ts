import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Control } from '../model/control';
import type { ArchivedFile, Manifest } from '../model/manifest';
import { readArchive } from './read-archive';

/**
 * Unpacks a set's archive into a folder of its own, which is replaced when it exists. When it returns, the
 * folder holds exactly the files of the manifest, each as it was, durably; when it throws, the folder is gone.
 * May be repeated. Errors as of `readArchive`.
 */
export async function unpackArchive(
  archive: Readable,
  manifest: Manifest,
  intoFolder: string,
  control: Control,
): Promise<void> {
  await rm(intoFolder, { recursive: true, force: true });
  await mkdir(intoFolder, { recursive: true, mode: 0o700 });
  try {
    await readArchive(archive, manifest, control, (file, chunks) => writeFile(intoFolder, file, chunks));
    await syncFolders(intoFolder);
  } catch (error) {
    await rm(intoFolder, { recursive: true, force: true });
    throw error;
  }
}

async function writeFile(folder: string, file: ArchivedFile, chunks: AsyncIterable<Buffer>): Promise<void> {
  const path = join(folder, file.path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunks) await handle.appendFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolders(folder: string): Promise<void> {
  const below = await readdir(folder, { recursive: true, withFileTypes: true });
  const folders = below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [...folders, folder, dirname(folder)]) await syncFolder(path);
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
