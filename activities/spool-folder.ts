import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from '../model/directory';
import { BackupError } from '../model/errors';
import type { SpoolKey } from '../sets/spool';
import type { Plugins } from './plugins';

/** A folder of a set in the spool of this host, with notes that are too long for a workflow's history. */
export interface SpoolFolder {
  readonly folder: Directory;
  /** A path in it. */
  at(name: string): string;
  /** An empty folder of this name, whatever was there. */
  fresh(name: string): Promise<Directory>;
  write(name: string, note: unknown): Promise<void>;
  read<T>(name: string): Promise<T>;
}

async function readNote(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BackupError('missing', `the spool has lost ${file}`, { hint: 'start the task again' }, { cause });
  });
}

/** Creates it, or finds it as an older attempt left it. */
export async function spoolFolder(plugins: Plugins, key: SpoolKey): Promise<SpoolFolder> {
  const folder = await plugins.spool.folderFor(key);
  const at = (name: string) => join(folder, name);
  return {
    folder,
    at,
    async fresh(name) {
      await rm(at(name), { recursive: true, force: true });
      await mkdir(at(name), { mode: 0o700 });
      return at(name);
    },
    write: (name, note) => writeFile(at(`${name}.json`), JSON.stringify(note), { mode: 0o600 }),
    read: async <T>(name: string) => JSON.parse(await readNote(at(`${name}.json`))) as T,
  };
}
