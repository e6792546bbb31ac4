/** The real servers of the quick start: Temporal, HDFS, and a worker in this process. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchHadoop } from '../embedded/fetch-hadoop';
import { fetchTemporal } from '../embedded/fetch-temporal';
import { createHdfs, type EmbeddedHdfs } from '../embedded/hdfs';
import { type EmbeddedTemporal, startTemporal } from '../embedded/temporal';
import { loadWorkerConfig } from '../workers/config';
import { startWorker } from '../workers/run-worker';
import type { Closers } from './closers';
import { cairnYaml, tasksYaml } from './configuration';
import type { Scratch } from './scratch';
import type { Say } from './steps';

export interface Servers {
  readonly temporal: EmbeddedTemporal;
  readonly hdfs: EmbeddedHdfs;
}

/** Makes sure that Temporal and Hadoop are in the cache. */
export async function fetchServers(say: Say): Promise<void> {
  await Promise.all([fetchTemporal(say), fetchHadoop(say)]);
}

/** Starts everything; the worker comes up while HDFS does. */
export async function startServers(scratch: Scratch, closers: Closers): Promise<Servers> {
  const hdfs = await createHdfs({ folder: scratch.hdfs });
  closers.add(() => hdfs.stop());
  const [temporal] = await Promise.all([startTemporalAndWorker(scratch, hdfs, closers), hdfs.start()]);
  return { temporal, hdfs };
}

async function startTemporalAndWorker(
  scratch: Scratch,
  hdfs: EmbeddedHdfs,
  closers: Closers,
): Promise<EmbeddedTemporal> {
  const temporal = await startTemporal({ folder: scratch.temporal });
  closers.add(() => temporal.stop());
  await writeFile(scratch.cairnYaml, cairnYaml(scratch, temporal, hdfs));
  await writeFile(scratch.tasksYaml, tasksYaml);
  const worker = await startWorker(await loadWorkerConfig(scratch.cairnYaml));
  closers.add(() => worker.stop());
  return temporal;
}

/** The process of each server, from the file that it is started with. */
export async function pidsOf(scratch: Scratch): Promise<Record<'temporal' | 'namenode' | 'datanode', number>> {
  const pidOf = async (folder: string, name: string) =>
    Number.parseInt(await readFile(join(folder, `${name}.pid`), 'utf8'), 10);
  return {
    temporal: await pidOf(scratch.temporal, 'temporal'),
    namenode: await pidOf(scratch.hdfs, 'namenode'),
    datanode: await pidOf(scratch.hdfs, 'datanode'),
  };
}
