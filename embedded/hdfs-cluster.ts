/** A small HDFS of real servers: one NameNode and one DataNode, each a JVM of its own. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists } from './cache';
import type { HadoopHome } from './fetch-hadoop';
import { freePorts } from './free-port';
import { dataNodeAnswers, dataNodeServes, nameNodeAnswers, nameNodeServes } from './hdfs-probe';
import { coreSite, hdfsSite, siteXml, type HdfsPlaces, type HdfsPorts } from './hdfs-settings';
import { startServer, type ServerProcess } from './process';
import { run } from './run';

export interface HdfsOptions {
  /** Where its configuration, metadata, blocks and logs lie. Opened again, the same ports and the same data are used. */
  readonly folder: string;
  /** `hacluster` unless told. */
  readonly nameService?: string;
  /** Ports to use, instead of those that the folder remembers, or free ones. */
  readonly ports?: Partial<HdfsPorts>;
  /** How many folders the NameNode keeps its metadata in; one unless told. */
  readonly nameDirs?: number;
}

export interface EmbeddedHdfs {
  readonly nameService: string;
  /** host:port of the NameNode's RPC. */
  readonly rpcAddress: string;
  /** URL of the NameNode: WebHDFS, JMX, imagetransfer. */
  readonly httpAddress: string;
  /** dfs.namenode.name.dir: its first folder, and all of them. */
  readonly nameDir: string;
  readonly nameDirs: readonly string[];
  /** The folder of core-site.xml and hdfs-site.xml, for HADOOP_CONF_DIR. */
  readonly confDir: string;
  /** Path of the `hdfs` command; with `env` it talks to this HDFS. */
  readonly hdfsCommand: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs `hdfs ARGUMENTS` against this HDFS and returns what it prints. */
  hdfs(...args: string[]): Promise<string>;
  /** Makes the name folders new and empty. The NameNode must be stopped; blocks in the DataNode are not touched. */
  format(): Promise<void>;
  /** Everything to serve: formats where nothing was formatted yet, starts what does not run, waits. */
  start(): Promise<void>;
  startNameNode(): Promise<void>;
  stopNameNode(): Promise<void>;
  killNameNode(): Promise<void>;
  startDataNode(): Promise<void>;
  stopDataNode(): Promise<void>;
  /** Returns when the NameNode is out of safe mode and its DataNode alive; rejects after a minute. */
  waitUntilServing(): Promise<void>;
  /** Ends both servers. May be called twice. The data stays. */
  stop(): Promise<void>;
  /** Lets the servers that run now outlive this process. */
  keep(): void;
}

/** Lays out an HDFS in its folder; nothing is formatted or started yet. `env` is added to the servers' environment. */
export async function layOutHdfs(
  home: HadoopHome,
  options: HdfsOptions,
  env: NodeJS.ProcessEnv = {},
): Promise<EmbeddedHdfs> {
  const places = await placesOf(options);
  const confDir = join(resolve(options.folder), 'conf');
  await writeSettings(confDir, places);
  return hdfsAt({
    home,
    folder: resolve(options.folder),
    places,
    confDir,
    env: { ...process.env, ...env, HADOOP_CONF_DIR: confDir },
  });
}

async function placesOf({ folder, nameService = 'hacluster', ports, nameDirs = 1 }: HdfsOptions): Promise<HdfsPlaces> {
  const inFolder = (name: string) => join(resolve(folder), name);
  await mkdir(inFolder('tmp'), { recursive: true });
  return {
    nameService,
    ports: await portsOf(inFolder('ports.json'), ports),
    tmpDir: inFolder('tmp'),
    nameDirs: Array.from({ length: nameDirs }, (_, i) => inFolder(i === 0 ? 'name' : `name-${i + 1}`)),
    dataDir: inFolder('data'),
  };
}

async function portsOf(file: string, wanted: Partial<HdfsPorts> = {}): Promise<HdfsPorts> {
  const [rpc, http, data, dataHttp, dataIpc] = (await freePorts(5)) as [number, number, number, number, number];
  const remembered = (await exists(file)) ? (JSON.parse(await readFile(file, 'utf8')) as HdfsPorts) : {};
  const ports = { rpc, http, data, dataHttp, dataIpc, ...remembered, ...wanted };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

async function writeSettings(confDir: string, places: HdfsPlaces): Promise<void> {
  await mkdir(confDir, { recursive: true });
  await writeFile(join(confDir, 'core-site.xml'), siteXml(coreSite(places)));
  await writeFile(join(confDir, 'hdfs-site.xml'), siteXml(hdfsSite(places)));
}

interface Site {
  readonly home: HadoopHome;
  readonly folder: string;
  readonly places: HdfsPlaces;
  readonly confDir: string;
  readonly env: NodeJS.ProcessEnv;
}

function hdfsAt({ home, folder, places, confDir, env }: Site): EmbeddedHdfs {
  const { ports, nameService, nameDirs } = places;
  const [httpAddress, dataHttp] = [`http://127.0.0.1:${ports.http}`, `http://127.0.0.1:${ports.dataHttp}`];
  let [nameNode, dataNode]: (ServerProcess | undefined)[] = [];

  const launch = (name: string, args: string[], ready: () => Promise<boolean>) =>
    startServer({
      name,
      folder,
      command: home.hdfsCommand,
      args: [name, ...args],
      env: { ...env, HADOOP_OPTS: '-Djava.io.tmpdir=tmp' },
      ready,
    });

  const hdfs: EmbeddedHdfs = {
    nameService,
    rpcAddress: `127.0.0.1:${ports.rpc}`,
    httpAddress,
    nameDir: nameDirs[0]!,
    nameDirs,
    confDir,
    hdfsCommand: home.hdfsCommand,
    env: { HADOOP_CONF_DIR: confDir },
    hdfs: (...args) => run(home.hdfsCommand, args, { env }),
    async format() {
      await hdfs.hdfs('namenode', '-format', '-force', '-nonInteractive');
    },
    async start() {
      const nameNodeUp = async () => {
        if (!(await exists(join(hdfs.nameDir, 'current', 'VERSION')))) await hdfs.format();
        if (!nameNode?.isRunning()) await hdfs.startNameNode();
      };
      await Promise.all([nameNodeUp(), dataNode?.isRunning() ? undefined : hdfs.startDataNode()]);
      await hdfs.waitUntilServing();
    },
    async startNameNode() {
      nameNode = await launch('namenode', [], () => nameNodeAnswers(httpAddress, ports.rpc));
    },
    stopNameNode: async () => nameNode?.stop(),
    killNameNode: async () => nameNode?.kill(),
    async startDataNode() {
      // It may be first and wait for the NameNode: it asks ten times a second, and not only the usual ten times.
      dataNode = await launch('datanode', ['-Dipc.client.connect.max.retries=600'], () =>
        dataNodeAnswers(ports.dataHttp, ports.dataIpc),
      );
    },
    stopDataNode: async () => dataNode?.stop(),
    async waitUntilServing() {
      const serves = async () => (await nameNodeServes(httpAddress)) && (await dataNodeServes(dataHttp));
      for (const end = Date.now() + 60_000; !(await serves().catch(() => false)); await sleep(50))
        if (Date.now() > end)
          throw new Error(`the HDFS at ${httpAddress} does not serve after a minute; its logs are in ${folder}`);
    },
    async stop() {
      await Promise.all([hdfs.stopNameNode(), hdfs.stopDataNode()]);
    },
    keep: () => [nameNode, dataNode].forEach((server) => server?.keep()),
  };
  return hdfs;
}
