import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createChannelActivities, createControlActivities, createHostActivities } from '../activities';
import type { Plugins } from '../activities/plugins';
import type { WorkerConfig } from '../model/config';
import { BackupError, messageOf } from '../model/errors';
import { queues } from '../model/names';
import { checkChannels, openChannels } from './channels';
import { hostOf, loadWorkerConfig } from './config';
import { installRuntime, log } from './log';
import { type MetricsServer, openMetrics } from './metrics-server';
import { sweepMounts } from './nas';
import { type PeerServer, openPeerServers } from './peer-servers';
import { createPlugins } from './plugins';
import { registerCluster, sweepSpool } from './register';
import { replayClusters } from './replay';
import { warnOfRetention } from './retention';
import { registerSearchAttributes } from './search-attributes';
import { workflowBundle } from './workflow-bundle';

export interface RunningWorker {
  /** Ends when the worker has stopped; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Stops within ten seconds: steps that go on are handed to the next worker. May be called twice. */
  stop(): Promise<void>;
}

/** `cairn worker`: serves the clusters of the configuration until the process is told to stop. */
export async function runWorker(configFile: string): Promise<void> {
  installRuntime();
  const config = await loadWorkerConfig(configFile);
  const worker = await startWorker(config);
  log.info('the worker serves', { host: hostOf(config), clusters: config.clusters.map(({ id }) => id) });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
  await worker.ended;
}

export interface WorkerSetup {
  /** Other sources and targets than the configuration's: for tests. */
  readonly plugins?: Plugins;
  /** Overrides of Temporal's worker options: for tests. */
  readonly options?: Partial<WorkerOptions>;
}

/** Starts a worker: replays, registers its clusters, sweeps its spool, then serves. */
export async function startWorker(config: WorkerConfig, setup: WorkerSetup = {}): Promise<RunningWorker> {
  const plugins = setup.plugins ?? createPlugins(config);
  await checkChannels(config);
  await sweepMounts(config);
  const { connection, native } = await connect(config);
  let metrics: MetricsServer | undefined;
  let peers: readonly PeerServer[] = [];
  const close = async () => {
    await metrics?.close();
    await Promise.all(peers.map((one) => one.close()));
    await connection.close();
    await native.close();
  };
  try {
    metrics = await openMetrics(config, connection);
    peers = await openPeerServers(config, plugins);
    await prepare(config, plugins, connection);
    return await serve(config, plugins, native, setup.options ?? {}, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect({ temporal: { address } }: WorkerConfig) {
  try {
    const connection = await Connection.connect({ address });
    return { connection, native: await NativeConnection.connect({ address }) };
  } catch (cause) {
    throw new BackupError(
      'unavailable',
      `no Temporal answers at ${address} (${messageOf(cause)})`,
      {
        hint: 'start one, or correct temporal.address in cairn.yaml; "cairn dev" brings its own',
      },
      { cause },
    );
  }
}

async function prepare(config: WorkerConfig, plugins: Plugins, connection: Connection): Promise<void> {
  const { namespace } = config.temporal;
  const client = new Client({ connection, namespace });
  const clusters = config.clusters.map(({ id }) => id);
  await registerSearchAttributes(connection, namespace);
  await warnOfRetention(connection, namespace);
  await replayClusters(client, await workflowBundle(), clusters);
  for (const cluster of clusters) {
    const swept = await sweepSpool(client, plugins.spool, cluster);
    if (swept > 0) log.info('removed what earlier runs left in the spool', { cluster, folders: swept });
    const found = await registerCluster(client, plugins.facts(cluster));
    if (found === 'rescued')
      log.warn('the cluster workflow had been ended; it goes on from its newest state', { cluster });
  }
}

/** A stop reaches a step with its next heartbeat; without this bound that takes up to 45 s. */
const heartbeats = { maxHeartbeatThrottleInterval: '3s', defaultHeartbeatThrottleInterval: '3s' } as const;
const shutdown = { shutdownGraceTime: 0, shutdownForceTime: '8s' } as const;

/** So few, because a receiver that hangs would else take what a worker can do at once; and there is a worker for each channel. */
const deliveries = { maxConcurrentActivityTaskExecutions: 4, maxConcurrentActivityTaskPolls: 1 } as const;

async function serve(
  config: WorkerConfig,
  plugins: Plugins,
  connection: NativeConnection,
  options: Partial<WorkerOptions>,
  close: () => Promise<void>,
): Promise<RunningWorker> {
  const { namespace } = config.temporal;
  const common = { connection, namespace, ...heartbeats, ...shutdown, ...options };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: queues.control,
      workflowBundle: await workflowBundle(),
      activities: createControlActivities(plugins),
    }),
    Worker.create({ ...common, taskQueue: queues.host(plugins.host), activities: createHostActivities(plugins) }),
    ...[...openChannels(config)].map(([name, channel]) =>
      Worker.create({
        ...common,
        ...deliveries,
        taskQueue: queues.channel(name),
        activities: createChannelActivities(name, channel),
      }),
    ),
  ]);
  const runs = Promise.all(workers.map((worker) => worker.run()));
  const ended = runs.then(() => undefined).finally(close);
  ended.catch(() => undefined);
  const stop = async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
  };
  runs.catch(() => stop().catch(() => undefined));
  return { ended, stop };
}
