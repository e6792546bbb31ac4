/** The real servers of the quick start: Temporal, two HDFS, and a worker in this process. */
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

export interface Servers extends BothHdfs {
  readonly temporal: EmbeddedTemporal;
}

interface BothHdfs {
  /** The HDFS that is backed up. */
  readonly hdfs: EmbeddedHdfs;
  /** The one that keeps the directory's sets. */
  readonly remote: EmbeddedHdfs;
}

/** Makes sure that Temporal and Hadoop are in the cache. */
export async function fetchServers(say: Say): Promise<void> {
  await Promise.all([fetchTemporal(say), fetchHadoop(say)]);
}

/** Starts everything at once: the worker comes up while both HDFS do. */
export async function startServers(scratch: Scratch, closers: Closers): Promise<Servers> {
  const both = {
    hdfs: await createHdfs({ folder: scratch.hdfs }),
    remote: await createHdfs({ folder: scratch.remoteHdfs, nameService: 'haclusterX' }),
  };
  closers.add(() => Promise.all([both.hdfs.stop(), both.remote.stop()]));
  const [temporal] = await Promise.all([
    startTemporalAndWorker(scratch, both, closers),
    both.hdfs.start(),
    both.remote.start(),
  ]);
  return { temporal, ...both };
}

async function startTemporalAndWorker(scratch: Scratch, both: BothHdfs, closers: Closers): Promise<EmbeddedTemporal> {
  const temporal = await startTemporal({ folder: scratch.temporal });
  closers.add(() => temporal.stop());
  await writeFile(scratch.cairnYaml, cairnYaml({ scratch, temporal, ...both }));
  await writeFile(scratch.tasksYaml, tasksYaml(both));
  const worker = await startWorker(await loadWorkerConfig(scratch.cairnYaml));
  closers.add(() => worker.stop());
  return temporal;
}

/** The process of each server, from the file that it is started with. */
export async function pidsOf(scratch: Scratch) {
  const pidOf = async (folder: string, name: string) =>
    Number.parseInt(await readFile(join(folder, `${name}.pid`), 'utf8'), 10);
  return {
    temporal: await pidOf(scratch.temporal, 'temporal'),
    nameNode: await pidOf(scratch.hdfs, 'namenode'),
    dataNode: await pidOf(scratch.hdfs, 'datanode'),
    remoteNameNode: await pidOf(scratch.remoteHdfs, 'namenode'),
    remoteDataNode: await pidOf(scratch.remoteHdfs, 'datanode'),
  };
}
