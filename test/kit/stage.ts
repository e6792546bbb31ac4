import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { describeWorkflow } from '../../activities/describe-workflow';
import type { Plugins } from '../../activities/plugins';
import { query } from '../../client/query';
import { type EmbeddedTemporal, startTemporal } from '../../embedded/temporal';
import type { Alarm, ClusterState } from '../../model/cluster-state';
import type { Answer, Order } from '../../model/command';
import { type WorkerConfig, workerConfigSchema } from '../../model/config';
import type { HdfsRow } from '../../model/hdfs';
import { messages, workflowTypes } from '../../model/messages';
import { queues, workflowIds } from '../../model/names';
import type { BackupTask } from '../../model/task';
import { installRuntime } from '../../workers/log';
import { type RunningWorker, startWorker, type WorkerSetup } from '../../workers/run-worker';
import type { Script } from '../fakes/folder-source';
import { type FakeData, fakePlugins } from './fake-plugins';
import { growingPauses, patienceMs, until } from './pauses';

/** A scratch folder that is removed by the caller. */
export async function scratch(name = 'cairn-test-'): Promise<string> {
  return await mkdtemp(join(tmpdir(), name));
}

export interface Stage {
  readonly folder: string;
  readonly temporal: EmbeddedTemporal;
  readonly client: Client;
  close(): Promise<void>;
}

/** A real Temporal server in a scratch folder, and a client. */
export async function openStage(): Promise<Stage> {
  installRuntime();
  const folder = await scratch();
  const temporal = await startTemporal({ folder: join(folder, 'temporal') });
  const connection = await Connection.connect({ address: temporal.address });
  return {
    folder,
    temporal,
    client: new Client({ connection, namespace: temporal.namespace }),
    async close() {
      await stopWorkers();
      await connection.close();
      await temporal.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A cluster whose NameNode is a folder: for tests of runs and queues. */
export interface FakeCluster {
  readonly id: string;
  readonly config: WorkerConfig;
  readonly plugins: Plugins;
  readonly script: Script;
  /** Folders that stand for HDFS and for a target on another one. */
  readonly service: FakeData;
  readonly data: string;
  readonly localBackup: string;
  readonly spool: string;
}

interface FakeOptions {
  readonly defaultTask?: boolean;
  readonly version?: string;
  readonly approval?: { readonly restorations: boolean; readonly hours?: number };
  /** Channels, as in `cairn.yaml`. */
  readonly notifications?: object;
  /** The worker's name in cairn. */
  readonly host?: string;
}

export async function fakeCluster(
  stage: Stage,
  id: string,
  settings: Record<string, number> = {},
  { defaultTask = false, version = '3.3.0', approval, notifications, host = 'test-host' }: FakeOptions = {},
): Promise<FakeCluster> {
  const folders = ['data', 'LocalBackup', 'spool', 'hdfs', 'remote'].map((name) => join(stage.folder, id, name));
  const [data, localBackup, spool, hdfs, remote] = folders as [string, string, string, string, string];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await writeFile(join(data, 'image'), `data of ${id}`);
  const config = workerConfigSchema.parse({
    temporal: { address: stage.temporal.address },
    host,
    spool,
    notifications,
    clusters: [
      {
        id,
        version,
        defaultTask,
        approval,
        localBackup: { path: localBackup, hosts: [host] },
        remoteHdfs: { haclusterX: { nameNodes: ['http://127.0.0.1:1'] } },
        services: {
          nameNode: {
            nameServices: {
              hacluster: { nameNodes: [{ http: 'http://127.0.0.1:1', host, nameDirs: ['/nn'] }] },
            },
          },
        },
        settings: { freeLocalBytes: 0, heartbeatSeconds: 3, ...settings },
      },
    ],
  });
  const script: Script = { errors: {}, calls: { dump: 0, load: 0, revert: 0, mostAtOnce: 0 } };
  const calls = { plan: 0, copyPart: 0, clear: 0, mostAtOnce: 0 };
  const service: FakeData = { hdfs, remote, source: { errors: {}, calls: [] }, copier: { errors: {}, calls } };
  const plugins = fakePlugins(config, data, script, service);
  return { id, config, plugins, script, service, data, localBackup, spool };
}

export async function workFor(cluster: FakeCluster, options: WorkerSetup['options'] = {}): Promise<RunningWorker> {
  const worker = await startWorker(cluster.config, { plugins: cluster.plugins, options });
  workers.add(worker);
  return worker;
}

/** One worker for several fake clusters: each call goes to the plug-ins of the cluster that it names. */
export function pluginsOf(clusters: readonly FakeCluster[]): Plugins {
  const of = (id: string) => clusters.find((cluster) => cluster.id === id)!.plugins;
  const { host, spool } = clusters[0]!.plugins;
  return {
    host,
    spool,
    clusters: () => clusters.map(({ id }) => id),
    facts: (id) => ({ ...of(id).facts(id), id }),
    openSource: (id, source) => of(id).openSource(id, source),
    openDataSource: (id, source, origin) => of(id).openDataSource(id, source, origin),
    openTarget: (id, target) => of(id).openTarget(id, target),
    openPeer: (id, host) => of(id).openPeer(id, host),
    copiers: (id) => of(id).copiers(id),
    targetCheck: clusters[0]!.plugins.targetCheck,
  };
}

/** A test that failed may have left some, and jest does not end while one still looks for its server. */
const workers = new Set<RunningWorker>();

async function stopWorkers(): Promise<void> {
  for (const worker of workers) await worker.stop().catch(() => undefined);
  workers.clear();
}

let keys = 0;

/** Asks a cluster as `cairn` does, and waits for the answer. */
export async function ask(
  stage: Stage,
  cluster: string,
  order: Order,
  key = `key-${process.pid}-${(keys += 1)}`,
): Promise<Answer> {
  return await stage.client.workflow.execute(workflowTypes.request, {
    workflowId: workflowIds.request(cluster, key),
    taskQueue: queues.control,
    args: [{ cluster, key, order }],
  });
}

export async function stateOf(stage: Stage, cluster: string): Promise<ClusterState> {
  return await query<ClusterState>(stage.client.workflow.getHandle(workflowIds.cluster(cluster)), messages.state);
}

/** The state, if it can be had at once: worker and server may be away, or busy. */
export async function glanceAt(stage: Stage, cluster: string): Promise<ClusterState | undefined> {
  return await stage.client.withDeadline(Date.now() + 2000, () => stateOf(stage, cluster)).catch(() => undefined);
}

/** The alarms of tasks: ALM-12057 stands in every cluster here that has no periodic task to a third party. */
export function taskAlarms({ alarms }: ClusterState): Alarm[] {
  return alarms.filter(({ task }) => task !== undefined);
}

/** Polls until the state is as wanted; the error shows the last one. */
export async function untilState(
  stage: Stage,
  cluster: string,
  wanted: (state: ClusterState) => boolean,
  withinMs = patienceMs,
): Promise<ClusterState> {
  const deadline = Date.now() + withinMs;
  for (const pause = growingPauses(); ; await pause()) {
    const state = await stateOf(stage, cluster);
    if (wanted(state)) return state;
    if (Date.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${JSON.stringify(state, null, 1)}`);
  }
}

/** Waits for a workflow that another one starts, so that it need not be there yet; throws what it failed with. */
export async function untilEnded({ client }: Stage, workflowId: string): Promise<void> {
  await until(() => describeWorkflow(client, workflowId));
  await client.workflow.getHandle(workflowId).result();
}

/** A backup task with the folder source, going to localDir. */
export function folderTask(cluster: string, name = 'nn', copies = 24): BackupTask {
  const entry = { source: 'nameNode' as const };
  return {
    kind: 'backup',
    name,
    cluster,
    mode: 'manual',
    sources: [{ source: 'nameNode', entry, copies, target: { kind: 'localDir' } }],
  };
}

export interface DataFolderOptions {
  readonly copies?: number;
  readonly recoveryPoints?: number;
  readonly withMetadata?: boolean;
  readonly rows?: HdfsRow[];
}

/** A backup task with folders for directories of HDFS, going to the other HDFS; with the folder source, too, if wanted. */
export function dataFolderTask(
  cluster: string,
  name: string,
  paths: string[],
  { copies = 24, recoveryPoints = 1, withMetadata = false, rows }: DataFolderOptions = {},
): BackupTask {
  const entry = {
    source: 'hdfs' as const,
    nameService: 'hacluster',
    ...(paths.length > 0 && { paths }),
    ...(rows && { rows }),
    recoveryPoints,
    queue: 'default',
    maps: 20,
    bandwidth: 100,
  };
  const target = { kind: 'remoteHdfs' as const, nameService: 'haclusterX', path: '/backup' };
  const sources = withMetadata ? folderTask(cluster, name, copies).sources : [];
  return {
    kind: 'backup',
    name,
    cluster,
    mode: 'manual',
    sources: [...sources, { source: 'hdfs', entry, copies, target }],
  };
}
