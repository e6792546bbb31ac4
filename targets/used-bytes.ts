import { lstat } from 'node:fs/promises';
import { isAbsent } from '../servers/system-error';
import { fileError } from './file-errors';
import { realRoot } from './local-folders';
import { walk } from './local-walk';

/**
 * Bytes of all files below a folder of this host, unfinished ones too, for the product's limit of 600 GB on local disks.
 *
 * What is mounted below the folder does not count (told by its device number, so a bind mount of the same file system
 * does count). An absent folder is `unavailable`.
 */
export async function usedBytes(root: string): Promise<number> {
  const base = await realRoot(root);
  const device = (await look(base))?.dev;
  let bytes = 0;
  for await (const { kind, path } of walk(base, '', async (folder) => (await look(folder))?.dev === device)) {
    const stats = kind === 'file' ? await look(path) : undefined;
    if (stats?.dev === device) bytes += stats?.size ?? 0;
  }
  return bytes;
}

async function look(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fileError(`look at ${path}`, error);
  }
}
