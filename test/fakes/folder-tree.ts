import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../model/errors';
import type { Location } from '../../model/target';
import { comparePaths, type TreeEntry, type TreeReader } from '../../model/tree';

/** A local folder as a tree; its checksums are MD5. */
export function openFolderTree(folder: string): TreeReader {
  return {
    list: () => entriesOf(folder, ''),
    checksum: async (path) => ({
      algorithm: 'MD5',
      value: createHash('md5')
        .update(await readFile(join(folder, path)))
        .digest('hex'),
    }),
    open: async (path, range) => createReadStream(join(folder, path), range),
  };
}

export function locationOf(folder: string): Location {
  return { uri: `file://${folder}` };
}

export function folderOf({ uri }: Location): string {
  return uri.slice('file://'.length);
}

async function* entriesOf(folder: string, path: string): AsyncIterable<TreeEntry> {
  const entry = await entryAt(folder, path);
  yield entry;
  if (entry.type === 'file') return;
  const names = (await readdir(join(folder, path))).sort(comparePaths);
  for (const name of names) yield* entriesOf(folder, path === '' ? name : `${path}/${name}`);
}

async function entryAt(folder: string, path: string): Promise<TreeEntry> {
  const found = await stat(join(folder, path)).catch((cause: unknown) => {
    throw new BackupError('missing', `there is no ${join(folder, path)}`, {}, { cause });
  });
  return {
    path,
    type: found.isDirectory() ? 'directory' : 'file',
    bytes: found.isDirectory() ? 0 : found.size,
    modified: Math.trunc(found.mtimeMs),
    owner: 'root',
    group: 'supergroup',
    permission: (found.mode & 0o7777).toString(8),
  };
}
