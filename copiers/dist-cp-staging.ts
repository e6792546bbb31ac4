import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from '../model/directory';
import { isKind } from '../model/errors';
import { type HadoopSettings, readHadoopSettings } from '../servers/hadoop-settings';
import type { WebHdfs } from '../servers/webhdfs';

/**
 * Where a job keeps its files while it runs: a folder of its own, because a driver that is killed leaves them. `settings`
 * send the job there.
 */
export interface Staging {
  readonly settings: Readonly<Record<string, string>>;
  make(): Promise<void>;
  /** Absent is fine. */
  remove(): Promise<void>;
}

/** For the local job runner: on this host's disk. */
export function localStaging(spool: Directory, tag: string, maps: number): Staging {
  const folder = join(spool, tag);
  return {
    settings: {
      'mapreduce.framework.name': 'local',
      'mapreduce.jobtracker.staging.root.dir': join(folder, 'staging'),
      'mapreduce.cluster.local.dir': join(folder, 'local'),
      'hadoop.tmp.dir': folder,
      'mapreduce.local.map.tasks.maximum': String(maps),
    },
    make: async () => void (await mkdir(folder, { recursive: true, mode: 0o700 })),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface YarnStagingOptions {
  readonly confDir: Directory | undefined;
  readonly user: string | undefined;
  openHdfs(uri: string): { readonly webHdfs: WebHdfs; readonly path: string };
}

/**
 * For Yarn: in the cluster's HDFS, in the user's own staging folder. Where the cluster's settings cannot be read it stays
 * as it is: then what a killed driver leaves is not removed.
 */
export async function yarnStaging(options: YarnStagingOptions, tag: string): Promise<Staging> {
  const { confDir = process.env['HADOOP_CONF_DIR'], user } = options;
  const places = confDir === undefined || user === undefined ? undefined : await placesIn(confDir, user);
  const store = places && openStore(options, places.defaultFs);
  if (places === undefined || store === undefined) return asItIs;
  const folder = `${places.stagingDir}/${user}/.staging/cairn-${tag}`;
  return {
    settings: {
      'yarn.app.mapreduce.am.staging-dir': folder,
      // By default it lies below the staging folder; the history server looks for finished jobs in one place only.
      'mapreduce.jobhistory.intermediate-done-dir': places.doneDir,
    },
    make: async () => undefined,
    remove: () => store.remove(folder),
  };
}

const asItIs: Staging = { settings: {}, make: async () => undefined, remove: async () => undefined };

async function placesIn(confDir: Directory, user: string) {
  const settings = await settingsIn(confDir, user);
  const stagingDir = settings?.('yarn.app.mapreduce.am.staging-dir') ?? '/tmp/hadoop-yarn/staging';
  const doneDir = settings?.('mapreduce.jobhistory.intermediate-done-dir') ?? `${stagingDir}/history/done_intermediate`;
  const defaultFs = settings?.('fs.defaultFS');
  if (defaultFs === undefined || !isPath(stagingDir) || doneDir.includes('${')) return undefined;
  return { stagingDir, doneDir, defaultFs };
}

async function settingsIn(confDir: Directory, user: string): Promise<HadoopSettings | undefined> {
  const known = { 'user.name': user, 'hadoop.tmp.dir': `/tmp/hadoop-${user}` };
  try {
    return await readHadoopSettings(confDir, ['core-site.xml', 'mapred-site.xml'], known);
  } catch (error) {
    if (isKind(error, 'precondition')) return undefined;
    throw error;
  }
}

/** A plain path of the default file system, without a part whose value is not known. */
function isPath(dir: string): boolean {
  return /^\/[^$]*[^/]$/.test(dir);
}

/** A default file system that is none of the worker's HDFS is not reached. */
function openStore({ openHdfs }: YarnStagingOptions, defaultFs: string): WebHdfs | undefined {
  try {
    return openHdfs(`${defaultFs.replace(/\/+$/, '')}/`).webHdfs;
  } catch {
    return undefined;
  }
}
