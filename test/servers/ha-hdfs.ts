import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { fetchHadoop } from '../../embedded/fetch-hadoop';
import { freePorts } from '../../embedded/free-port';
import { layOut } from '../../embedded/hdfs-layout';
import { dataNodeAnswers, nameNodeAnswers, nameNodeServes } from '../../embedded/hdfs-probe';
import { type ServerProcess, startServer } from '../../embedded/process';
import { run } from '../../embedded/run';
import type { HdfsAddress } from '../../model/hdfs';

export const nameNodeIds = ['nn1', 'nn2'] as const;
export type NameNodeId = (typeof nameNodeIds)[number];

/** A real HDFS of two NameNodes that share their edits through a folder, and a DataNode. */
export interface HaHdfs {
  /** With the HTTP addresses of `nn1` and `nn2`, in this order. */
  readonly address: HdfsAddress;
  readonly confDir: string;
  readonly hdfsCommand: string;
  /** Kills the active one and makes the other one active; answers when that serves. */
  failOver(): Promise<void>;
  /** Makes the other one active while this one lives on, as standby. */
  handOver(): Promise<void>;
  end(): Promise<void>;
}

const nameService = 'hacluster';

export async function startHaHdfs(): Promise<HaHdfs> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-ha-'));
  const [rpc1, http1, rpc2, http2] = (await freePorts(4)) as [number, number, number, number];
  const ports = { nn1: { rpc: rpc1, http: http1 }, nn2: { rpc: rpc2, http: http2 } };
  const places = await layOut({ folder: join(folder, 'hdfs'), properties: settingsOf(folder, ports) });
  const { hdfsCommand } = await fetchHadoop();
  const env = { ...process.env, HADOOP_CONF_DIR: places.confDir };
  const server = { folder: places.folder, command: hdfsCommand, env: { ...env, HADOOP_OPTS: '-Djava.io.tmpdir=tmp' } };
  const hdfs = (...args: string[]) => run(hdfsCommand, args, { env });
  const httpOf = (id: NameNodeId) => `http://127.0.0.1:${ports[id].http}`;
  const start = (id: NameNodeId) =>
    startServer({
      ...server,
      name: id,
      args: ['namenode', `-Ddfs.ha.namenode.id=${id}`],
      ports: Object.values(ports[id]),
      ready: () => nameNodeAnswers(httpOf(id), ports[id].rpc),
    });
  await hdfs('namenode', '-Ddfs.ha.namenode.id=nn1', '-format', '-force', '-nonInteractive');
  await cp(join(folder, 'nn1'), join(folder, 'nn2'), { recursive: true });
  const { data, dataHttp, dataIpc } = places.ports;
  const [nn1, nn2, dataNode] = await Promise.all([
    start('nn1'),
    start('nn2'),
    startServer({
      ...server,
      name: 'datanode',
      args: ['datanode', '-Dipc.client.connect.max.retries=600'],
      ports: [data, dataHttp, dataIpc],
      ready: () => dataNodeAnswers(dataHttp, dataIpc),
    }),
  ]);
  const nameNodes: Record<NameNodeId, ServerProcess> = { nn1, nn2 };
  let active: NameNodeId = 'nn1';
  const other = (id: NameNodeId) => (id === 'nn1' ? 'nn2' : 'nn1');
  const serves = async (id: NameNodeId) => {
    while (!(await nameNodeServes(httpOf(id)).catch(() => false))) await sleep(50);
    active = id;
  };
  await hdfs('haadmin', '-transitionToActive', 'nn1');
  await serves('nn1');
  return {
    address: { nameService, uri: `hdfs://${nameService}`, nameNodes: nameNodeIds.map(httpOf) },
    confDir: places.confDir,
    hdfsCommand,
    async failOver() {
      await nameNodes[active].kill();
      // Without the word it first asks the killed one whether it is active.
      await hdfs('haadmin', '-transitionToActive', '--forceactive', other(active));
      await serves(other(active));
    },
    async handOver() {
      await hdfs('haadmin', '-transitionToStandby', active);
      await hdfs('haadmin', '-transitionToActive', other(active));
      await serves(other(active));
    },
    async end() {
      await Promise.all([nn1, nn2, dataNode].map((process) => process.kill()));
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Nobody fences: who is to be active is said by hand, and the test kills the other one first. */
function settingsOf(folder: string, ports: Record<NameNodeId, { rpc: number; http: number }>) {
  const each = nameNodeIds.flatMap((id) => [
    [`dfs.namenode.rpc-address.${nameService}.${id}`, `127.0.0.1:${ports[id].rpc}`],
    [`dfs.namenode.http-address.${nameService}.${id}`, `127.0.0.1:${ports[id].http}`],
    [`dfs.namenode.name.dir.${nameService}.${id}`, String(pathToFileURL(join(folder, id)))],
  ]);
  return {
    'fs.defaultFS': `hdfs://${nameService}`,
    [`dfs.ha.namenodes.${nameService}`]: nameNodeIds.join(','),
    [`dfs.client.failover.proxy.provider.${nameService}`]:
      'org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider',
    'dfs.client.failover.sleep.base.millis': '50',
    'dfs.namenode.shared.edits.dir': String(pathToFileURL(join(folder, 'shared'))),
    'dfs.ha.fencing.methods': 'shell(/bin/true)',
    'dfs.ha.tail-edits.period': '1',
    ...(Object.fromEntries(each) as Record<string, string>),
  };
}
