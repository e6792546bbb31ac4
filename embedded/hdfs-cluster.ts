/** A small HDFS of real servers: one NameNode and one DataNode, each a JVM of its own. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists } from './cache';
import type { HadoopHome } from './fetch-hadoop';
import { layOut, type HdfsOptions } from './hdfs-layout';
import { blocksAreReported, dataNodeAnswers, nameNodeAnswers, nameNodeServes } from './hdfs-probe';
import type { HdfsPlaces } from './hdfs-settings';
import { startServer, type ServerProcess } from './process';
import { run } from './run';

export interface EmbeddedHdfs {
  readonly nameService: string;
  /** `hdfs://host:port`: before a path it makes what DistCp takes. */
  readonly uri: string;
  /** host:port of the NameNode's RPC. */
  readonly rpcAddress: string;
  /** URL of the NameNode: WebHDFS, JMX, imagetransfer. */
  readonly httpAddress: string;
  /** dfs.namenode.name.dir: its first folder, and all of them. */
  readonly nameDir: string;
  readonly nameDirs: readonly string[];
  /** The folder of core-site.xml, hdfs-site.xml and mapred-site.xml, for HADOOP_CONF_DIR. */
  readonly confDir: string;
  /** Path of the `hdfs` command; with HADOOP_CONF_DIR set to `confDir` it talks to this HDFS. */
  readonly hdfsCommand: string;
  /** Path of the `hadoop` command, for `hadoop distcp` above all; it too finds this HDFS by HADOOP_CONF_DIR. */
  readonly hadoopCommand: string;
  /** Runs `hdfs ARGUMENTS` against this HDFS and returns what it prints. */
  hdfs(...args: string[]): Promise<string>;
  /** Runs `hadoop ARGUMENTS` against this HDFS and returns what it prints, not what it logs. */
  hadoop(...args: string[]): Promise<string>;
  /** Makes the name folders new and empty. The NameNode must be stopped; what the DataNode holds is not touched. */
  format(): Promise<void>;
  /** All that is needed to serve: formats where nothing was formatted yet, starts what does not run, waits. */
  start(): Promise<void>;
  startNameNode(): Promise<void>;
  stopNameNode(): Promise<void>;
  killNameNode(): Promise<void>;
  startDataNode(): Promise<void>;
  stopDataNode(): Promise<void>;
  /** Returns when the NameNode is out of safe mode and knows its DataNode and its blocks; rejects after a minute. */
  waitUntilServing(): Promise<void>;
  /** Ends both servers. May be called twice. The data stays. */
  stop(): Promise<void>;
  /** Lets the servers that run now outlive this process. */
  keep(): void;
}

/** Lays out an HDFS in its folder; nothing is formatted or started yet. `env` is added to the servers' environment. */
export async function openHdfs(
  home: HadoopHome,
  options: HdfsOptions,
  env: NodeJS.ProcessEnv = {},
): Promise<EmbeddedHdfs> {
  const places = await layOut(options);
  const servers = serversOf(home, places, { ...process.env, ...env, HADOOP_CONF_DIR: places.confDir });
  const serves = () => servers.serve().catch(() => false);
  const hdfs: EmbeddedHdfs = {
    nameService: places.nameService,
    uri: `hdfs://127.0.0.1:${places.ports.rpc}`,
    rpcAddress: `127.0.0.1:${places.ports.rpc}`,
    httpAddress: urlOf(places.ports.http),
    nameDir: places.nameDirs[0]!,
    nameDirs: places.nameDirs,
    confDir: places.confDir,
    hdfsCommand: home.hdfsCommand,
    hadoopCommand: home.hadoopCommand,
    hdfs: servers.hdfs,
    hadoop: servers.hadoop,
    format: servers.format,
    startNameNode: servers.startNameNode,
    startDataNode: servers.startDataNode,
    stopNameNode: async () => servers.nameNode()?.stop(),
    killNameNode: async () => servers.nameNode()?.kill(),
    stopDataNode: async () => servers.dataNode()?.stop(),
    async start() {
      await allSettled([servers.ensureNameNode(), servers.ensureDataNode()]);
      await hdfs.waitUntilServing();
    },
    async waitUntilServing() {
      for (const end = Date.now() + 60_000; !(await serves()); await sleep(50))
        if (Date.now() > end)
          throw new Error(`the HDFS of ${places.folder} does not serve after a minute; see its logs`);
    },
    async stop() {
      await allSettled([hdfs.stopNameNode(), hdfs.stopDataNode()]);
    },
    keep: () => [servers.nameNode(), servers.dataNode()].forEach((server) => server?.keep()),
  };
  return hdfs;
}

function serversOf(home: HadoopHome, places: HdfsPlaces, env: NodeJS.ProcessEnv) {
  const { folder, ports, nameDirs } = places;
  let nameNode: ServerProcess | undefined;
  let dataNode: ServerProcess | undefined;

  const hdfs = (...args: string[]) => run(home.hdfsCommand, args, { env });
  const hadoop = (...args: string[]) => run(home.hadoopCommand, args, { env });
  const format = async () => void (await hdfs('namenode', '-format', '-force', '-nonInteractive'));
  const server = { folder, command: home.hdfsCommand, env: { ...env, HADOOP_OPTS: '-Djava.io.tmpdir=tmp' } };

  const startNameNode = async () => {
    nameNode = await startServer({
      ...server,
      name: 'namenode',
      args: ['namenode'],
      ports: [ports.rpc, ports.http],
      ready: () => nameNodeAnswers(urlOf(ports.http), ports.rpc),
    });
  };
  const startDataNode = async () => {
    dataNode = await startServer({
      ...server,
      name: 'datanode',
      // It may be there first and wait for the NameNode: it asks ten times a second, and not only the usual ten times.
      args: ['datanode', '-Dipc.client.connect.max.retries=600'],
      ports: [ports.data, ports.dataHttp, ports.dataIpc],
      ready: () => dataNodeAnswers(ports.dataHttp, ports.dataIpc),
    });
  };

  return {
    hdfs,
    hadoop,
    format,
    startNameNode,
    startDataNode,
    nameNode: () => nameNode,
    dataNode: () => dataNode,
    async ensureNameNode() {
      if (!(await exists(join(nameDirs[0]!, 'current', 'VERSION')))) await format();
      if (!nameNode?.isRunning()) await startNameNode();
    },
    async ensureDataNode() {
      if (!dataNode?.isRunning()) await startDataNode();
    },
    serve: async () =>
      (await nameNodeServes(urlOf(ports.http))) && (await blocksAreReported(urlOf(ports.http), urlOf(ports.dataHttp))),
  };
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`;

/** Like Promise.all, but when one fails the others are not left behind half done. */
async function allSettled(steps: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(steps)) if (result.status === 'rejected') throw result.reason;
}
