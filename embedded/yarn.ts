/** A small Yarn of real servers beside an embedded HDFS: ResourceManager, NodeManager, and a JobHistoryServer where asked for. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists } from './cache';
import type { YarnHome } from './fetch-yarn';
import { freePorts } from './free-port';
import type { EmbeddedHdfs } from './hdfs-cluster';
import { siteXml, withSettings } from './hdfs-settings';
import { startServer, type ServerProcess } from './process';
import { endContainers } from './yarn-containers';
import { yarnJobs, yarnPortCount, yarnPorts, yarnSite, type YarnPlaces, type YarnPorts } from './yarn-settings';

export { fetchYarn } from './fetch-yarn';

export interface YarnOptions {
  /** Where its state and logs lie. Opened again, the same ports and the same state are used. */
  readonly folder: string;
  /** Keeps the jobs' files; its `confDir` becomes that of Yarn too, so that `hadoop distcp` gives its jobs to this Yarn. */
  readonly hdfs: EmbeddedHdfs;
  /** Whether finished jobs can still be asked about; no unless told. */
  readonly historyServer?: boolean;
}

export interface EmbeddedYarn {
  /** URL of the ResourceManager. */
  readonly httpAddress: string;
  /** URL of the JobHistoryServer; nothing answers there unless one was asked for. */
  readonly historyHttpAddress: string;
  /** The folder of all configuration files: that of the HDFS. */
  readonly confDir: string;
  /** Starts what does not run, and returns when applications are taken. */
  start(): Promise<void>;
  /** Ends the servers and whatever still runs in containers. May be called twice. The state stays. */
  stop(): Promise<void>;
  /** SIGKILL. Applications go on without it, and give up when it does not come back within a minute. */
  killResourceManager(): Promise<void>;
  /** Starts it again; returns when it knows its NodeManager and with it what still runs. */
  startResourceManager(): Promise<void>;
}

/** Lays out a Yarn; nothing is started yet. */
export async function createYarn(home: YarnHome, options: YarnOptions): Promise<EmbeddedYarn> {
  const folder = resolve(options.folder);
  await mkdir(join(folder, 'tmp'), { recursive: true });
  const places = { folder, ports: await portsOf(join(folder, 'ports.json')) };
  await configure(places, home, options.hdfs.confDir);
  const servers = serversOf(home, places, options);
  const started = new Map<string, ServerProcess>();
  const start = async (name: keyof typeof servers) => {
    if (!started.get(name)?.isRunning()) started.set(name, await startServer(servers[name]));
  };
  return {
    httpAddress: urlOf(places.ports.http),
    historyHttpAddress: urlOf(places.ports.historyHttp),
    confDir: options.hdfs.confDir,
    async start() {
      const names = ['resourcemanager', 'nodemanager', ...(options.historyServer ? ['historyserver' as const] : [])];
      const results = await Promise.allSettled(names.map((name) => start(name as keyof typeof servers)));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      await untilNodeIsThere(places);
    },
    async stop() {
      // A NodeManager that misses its ResourceManager is in no hurry to end: it goes first.
      for (const name of ['nodemanager', 'historyserver', 'resourcemanager']) await started.get(name)?.stop(5_000);
      await endContainers(places.folder);
    },
    killResourceManager: async () => started.get('resourcemanager')?.kill(),
    async startResourceManager() {
      await start('resourcemanager');
      await untilNodeIsThere(places);
    },
  };
}

async function portsOf(file: string): Promise<YarnPorts> {
  if (await exists(file)) return JSON.parse(await readFile(file, 'utf8')) as YarnPorts;
  const ports = yarnPorts(await freePorts(yarnPortCount));
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

async function configure(places: YarnPlaces, home: YarnHome, confDir: string): Promise<void> {
  const jobs = join(confDir, 'mapred-site.xml');
  await writeFile(join(confDir, 'yarn-site.xml'), siteXml(yarnSite(places, home)));
  await writeFile(jobs, withSettings(await readFile(jobs, 'utf8'), yarnJobs(places, home)));
}

function serversOf(home: YarnHome, { folder, ports }: YarnPlaces, { hdfs }: YarnOptions) {
  const env = { ...process.env, HADOOP_CONF_DIR: hdfs.confDir, HADOOP_OPTS: '-Djava.io.tmpdir=tmp' };
  const server = (name: string, takes: number[], url: string) => {
    const ready = async () => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
    return { name, folder, command: home.yarnCommand, args: [name], env, ports: takes, ready };
  };
  const { client, scheduler, tracker, admin, http, node, localizer, nodeHttp, shuffle } = ports;
  const history = [ports.history, ports.historyAdmin, ports.historyHttp];
  return {
    resourcemanager: server('resourcemanager', [client, scheduler, tracker, admin, http], clusterUrl(ports, 'info')),
    nodemanager: server('nodemanager', [node, localizer, nodeHttp, shuffle], `${urlOf(nodeHttp)}/ws/v1/node/info`),
    historyserver: server('historyserver', history, `${urlOf(ports.historyHttp)}/ws/v1/history/info`),
  };
}

async function untilNodeIsThere({ folder, ports }: YarnPlaces): Promise<void> {
  for (const end = Date.now() + 60_000; !(await nodeIsThere(ports).catch(() => false)); await sleep(50))
    if (Date.now() > end) throw new Error(`the Yarn of ${folder} has no NodeManager after a minute; see its logs`);
}

async function nodeIsThere(ports: YarnPorts): Promise<boolean> {
  const answer = await fetch(clusterUrl(ports, 'metrics'), { signal: AbortSignal.timeout(2_000) });
  const { clusterMetrics } = (await answer.json()) as { clusterMetrics: { activeNodes: number } };
  return clusterMetrics.activeNodes > 0;
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`;
const clusterUrl = (ports: YarnPorts, what: string) => `${urlOf(ports.http)}/ws/v1/cluster/${what}`;
