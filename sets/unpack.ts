import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Control } from '../model/control';
import type { ArchivedFile, MetadataManifest } from '../model/manifest';
import { spoolError, syncFolder } from './disk';
import { readArchive } from './read-archive';

/**
 * Unpacks a set's archive into a folder of its own, which is replaced when it exists. When it returns, the
 * folder holds exactly the files of the manifest, each as it was, durably; when it throws, the folder is gone.
 * May be repeated. Errors as of `readArchive`, and `full` or `denied` for the disk.
 */
export async function unpackArchive(
  archive: Readable,
  manifest: MetadataManifest,
  intoFolder: string,
  control: Control,
): Promise<void> {
  try {
    await rm(intoFolder, { recursive: true, force: true });
    await mkdir(intoFolder, { recursive: true, mode: 0o700 });
    await readArchive(archive, manifest, control, (file, chunks) => writeFile(intoFolder, file, chunks));
    await syncFolders(intoFolder, manifest.files);
  } catch (error) {
    archive.destroy();
    await rm(intoFolder, { recursive: true, force: true });
    throw spoolError(`unpack into ${intoFolder}`, error);
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

/** A file's name is durable only when the folder that it stands in is, too. */
async function syncFolders(folder: string, files: readonly ArchivedFile[]): Promise<void> {
  const folders = new Set([dirname(folder), folder]);
  for (const { path } of files) {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) folders.add(join(folder, above));
  }
  for (const path of folders) await syncFolder(path);
}
