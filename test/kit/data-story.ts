import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import type { EmbeddedHdfs } from '../../embedded/hdfs';
import { isKind } from '../../model/errors';
import type { RunResult } from '../../model/run';
import { folderOf } from '../../sets/layout';
import { backupPath, dataCluster, dataSets, openRemote } from './data-cluster';
import { patienceMs } from './pauses';
import { processesWith, untilGone } from './processes';
import { endOfRun, pause, type RealCluster, spawnRealWorker, spoolOf, webHdfs } from './real-cluster';
import { ask, openStage, type Stage } from './stage';
import { openTwoClusters, type TwoClusters, type TwoClustersOptions } from './two-clusters';
import type { WorkerChild } from './worker-child';

/** Two real clusters, a real Temporal, and one worker after the other: what stories of service data play on. */
export interface DataStory {
  readonly stage: Stage;
  readonly clusters: TwoClusters;
  readonly cluster: RealCluster;
  /** SIGKILL, and another worker; nothing that the killed one started may outlive it. */
  killWorker(): Promise<void>;
  /** Asks for a run. */
  begin(task: string): BegunRun;
  close(): Promise<void>;
}

export interface BegunRun {
  /** Waits for its record, however it ends; one that was terminated has none. */
  ended(): Promise<RunResult>;
}

export async function openDataStory(
  options: TwoClustersOptions = {},
  settings: Readonly<Record<string, number>> = {},
): Promise<DataStory> {
  const stage = await openStage();
  const clusters = await openTwoClusters(options);
  const cluster = await dataCluster(stage, '1', clusters, settings);
  let worker: WorkerChild;
  let [workers, begun] = [0, 0];
  // Whatever it starts carries its mark: a `hadoop` command is given what begins with HADOOP.
  const mark = () => `HADOOP_TEST_MARK=data-${process.pid}-${workers}`;
  const start = async () => {
    workers += 1;
    worker = await spawnRealWorker(stage, [cluster], { HADOOP_TEST_MARK: mark().split('=')[1] });
  };
  await start();
  return {
    stage,
    clusters,
    cluster,
    async killWorker() {
      const killed = `${mark()}\n`;
      await worker.kill();
      await start();
      expect(await untilGone(killed)).toEqual([]);
    },
    begin(task) {
      const key = `start-${task}-${(begun += 1)}`;
      const answer = ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' }, key);
      return {
        async ended() {
          expect(await answer).toMatchObject({ accepted: true });
          return await endOfRun(stage, cluster.id, key);
        },
      };
    },
    async close() {
      await worker.kill();
      await clusters.close();
      await stage.close();
      // It ends with the last worker of its process; here all workers had processes of their own.
      await Runtime.instance().shutdown();
    },
  };
}

/** Returns once DistCp writes a file below a directory of an HDFS. */
export async function untilCopying(hdfs: EmbeddedHdfs, isBelow: (path: string) => boolean): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(50)) {
    const paths = await pathsOf(hdfs).catch(() => []);
    if (paths.some((path) => isTemporary(path) && isBelow(path))) return;
  }
  throw new Error('no DistCp was seen at its work');
}

/** The recovery points in the source, by directory: labels; of other snapshots their whole names. */
export async function recoveryPointsIn({ source }: TwoClusters): Promise<Record<string, string[]>> {
  const dfs = webHdfs(source);
  const found: Record<string, string[]> = {};
  for (const { path } of await dfs.snapshottableDirectories()) {
    const names = (await dfs.snapshotsOf(path)).map(({ name }) => name);
    found[path] = names.map((name) => /^cairn_.*_\d{14}_(\d{14})_own$/.exec(name)?.[1] ?? name);
  }
  return found;
}

/**
 * What no run of service data may leave behind, however it ended: on both HDFS, in the spool, in the process list of this
 * machine. Recovery points are told by `recoveryPointsIn`.
 */
export async function remainsOf({ stage, clusters }: DataStory): Promise<string[]> {
  const [source, target] = await Promise.all([pathsOf(clusters.source), pathsOf(clusters.remote)]);
  return [
    ...source.filter((path) => /\/(\.cairn-|cairn-|_distcp)/.test(path) || isTemporary(path)),
    ...(await marksIn(clusters.source, source)),
    ...target.filter((path) => !isOfSets(path) || isTemporary(path)),
    ...(await uncommittedIn(clusters)),
    ...(await spooled(spoolOf(stage))),
    ...(await drivers()),
  ];
}

/** What the newest set's folder holds that the set does not: a run that ended well leaves nothing there. */
export async function changedSince(clusters: TwoClusters, task: string): Promise<readonly string[]> {
  const { name, label } = (await dataSets(clusters, task)).at(-1)!;
  return await openRemote(clusters).snapshots!.changes(folderOf(name), label, '', 10);
}

const isTemporary = (path: string) => path.includes('/.distcp.tmp.');

/** The folders and files that a target of these tests may consist of. */
function isOfSets(path: string): boolean {
  const folder = `${backupPath}/\\w+_HDFS_\\d{14}`;
  const within = '(/data(/\\d+(/.*)?)?|/\\.cairn(/manifest\\.json|/index(/[0-9a-f]{64})?)?)?';
  return path === backupPath || new RegExp(`^${folder}${within}$`).test(path);
}

/** Every path of an HDFS; what is in snapshots is left out, and so is what went meanwhile. */
async function pathsOf(hdfs: EmbeddedHdfs): Promise<string[]> {
  const dfs = webHdfs(hdfs);
  const paths: string[] = [];
  const visit = async (directory: string): Promise<void> => {
    for await (const { name, type } of dfs.list(directory || '/')) {
      paths.push(`${directory}/${name}`);
      if (type === 'directory') await unlessGone(() => visit(`${directory}/${name}`));
    }
  };
  await visit('');
  return paths;
}

async function unlessGone<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isKind(error, 'missing')) return undefined;
    throw error;
  }
}

/** Attributes by which a run remembers what it did to a directory. */
async function marksIn(hdfs: EmbeddedHdfs, paths: readonly string[]): Promise<string[]> {
  const dfs = webHdfs(hdfs);
  const found = await Promise.all(
    ['/', ...paths].map(async (path) => {
      const names = await unlessGone(async () => [...(await dfs.xattrsOf(path)).keys()]);
      return (names ?? []).filter((name) => name.includes('cairn')).map((name) => `${path}: ${name}`);
    }),
  );
  return found.flat();
}

/** Snapshots of the target that are no sets, and folders that have none at all. */
async function uncommittedIn({ remote }: TwoClusters): Promise<string[]> {
  const dfs = webHdfs(remote);
  const found: string[] = [];
  for (const { path } of await dfs.snapshottableDirectories()) {
    const names = (await dfs.snapshotsOf(path)).map(({ name }) => name);
    if (names.length === 0) found.push(`${path} has no sets`);
    found.push(...names.filter((name) => !/^\d{14}$/.test(name)).map((name) => `${path}/.snapshot/${name}`));
  }
  return found;
}

/** All but the folders of clusters, which stay. */
async function spooled(spool: string): Promise<string[]> {
  const entries = await readdir(spool, { recursive: true });
  return entries.filter((name) => !/^(1|\.dist-cp(\/1)?)$/.test(name)).map((name) => join(spool, name));
}

async function drivers(): Promise<string[]> {
  const started = await processesWith(`HADOOP_TEST_MARK=data-${process.pid}-`);
  return started
    .filter(({ command }) => command.includes('mapreduce.job.tags='))
    .map(({ pid, command }) => `${pid} ${command}`);
}
