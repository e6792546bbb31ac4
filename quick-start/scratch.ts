/** The folder that a quick start works in. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../embedded/cache';
import { isAlive } from '../embedded/process-id';

export interface Scratch {
  readonly folder: string;
  readonly temporal: string;
  readonly hdfs: string;
  readonly remoteHdfs: string;
  readonly localBackup: string;
  readonly spool: string;
  readonly cairnYaml: string;
  readonly tasksYaml: string;
}

/**
 * A new folder in cairn's cache, named by our process, so that any number of quick starts run side by side. Those of
 * earlier ones are removed: what they have printed can be looked at until then.
 */
export async function openScratch(): Promise<Scratch> {
  const all = join(cacheFolder(), 'quick-start');
  await mkdir(all, { recursive: true });
  for (const name of await readdir(all)) if (isOver(name)) await rm(join(all, name), { recursive: true, force: true });
  const scratch = placesIn(join(all, String(process.pid)));
  for (const folder of [scratch.localBackup, scratch.spool]) await mkdir(folder, { recursive: true });
  return scratch;
}

/** Removes what only served the servers; the sets of metadata, the configuration and the tasks stay. */
export async function removeServersData({ temporal, hdfs, remoteHdfs, spool }: Scratch): Promise<void> {
  for (const folder of [temporal, hdfs, remoteHdfs, spool])
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

function isOver(name: string): boolean {
  return /^\d+$/.test(name) && (Number(name) === process.pid || !isAlive(Number(name)));
}

function placesIn(folder: string): Scratch {
  return {
    folder,
    temporal: join(folder, 'temporal'),
    hdfs: join(folder, 'hdfs'),
    remoteHdfs: join(folder, 'remote-hdfs'),
    localBackup: join(folder, 'LocalBackup'),
    spool: join(folder, 'spool'),
    cairnYaml: join(folder, 'cairn.yaml'),
    tasksYaml: join(folder, 'tasks.yaml'),
  };
}
