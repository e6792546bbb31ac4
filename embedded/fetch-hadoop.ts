/** The embedded Hadoop: HDFS, and DistCp. */
import { join } from 'node:path';
import type { Report } from './cache';
import { ensureClassArchives } from './class-archives';
import { ensureHome } from './hadoop-home';
import { requirePrerequisites } from './prerequisites';

/** Where an embedded Hadoop lies. */
export interface HadoopHome {
  readonly folder: string;
  /** Behaves like Hadoop's own `hdfs`, for namenode, datanode, dfsadmin, haadmin, dfs, crypto, oev and oiv; honours HADOOP_CONF_DIR. */
  readonly hdfsCommand: string;
  /** Behaves like Hadoop's own `hadoop`, for distcp, fs, key and version; honours HADOOP_CONF_DIR. */
  readonly hadoopCommand: string;
}

const edition = {
  name: 'hadoop',
  locks: ['hadoop-jars.lock'],
  commands: ['hdfs', 'hadoop'],
  jobProviders: ['ParallelLocalJobs'],
  megabytes: 57,
} as const;

let known: Promise<HadoopHome> | undefined;

/**
 * The embedded Hadoop, fetched when it is not in the cache, or when a jar in the cache is not what the lock says.
 * Looked at once in the life of a process.
 */
export async function fetchHadoop(report: Report = () => {}): Promise<HadoopHome> {
  known ??= lookUp(report);
  known.catch(() => (known = undefined));
  return known;
}

async function lookUp(report: Report): Promise<HadoopHome> {
  const { java } = await requirePrerequisites('java');
  const folder = await ensureHome(edition, report);
  const home = { folder, hdfsCommand: join(folder, 'bin', 'hdfs'), hadoopCommand: join(folder, 'bin', 'hadoop') };
  await ensureClassArchives(home, java, report);
  return home;
}
