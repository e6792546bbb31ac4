/** The configuration of an embedded HDFS: everything on the loopback interface, nothing waits longer than it must. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface HdfsPorts {
  readonly rpc: number;
  readonly http: number;
  readonly data: number;
  readonly dataHttp: number;
  readonly dataIpc: number;
}

/** Absolute paths of an HDFS's folders, and its ports. */
export interface HdfsPlaces {
  /** Holds all the others, and the logs. */
  readonly folder: string;
  readonly nameService: string;
  readonly ports: HdfsPorts;
  readonly confDir: string;
  readonly tmpDir: string;
  readonly nameDirs: readonly string[];
  readonly dataDir: string;
}

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** The settings of core-site.xml. */
export function coreSite({ ports, tmpDir }: HdfsPlaces): Settings {
  return {
    'fs.defaultFS': `hdfs://127.0.0.1:${ports.rpc}`,
    'hadoop.tmp.dir': tmpDir,
    'hadoop.http.staticuser.user': userInfo().username,
    'ipc.client.connect.retry.interval': 100,
    // An idle connection is found dead only by the call that wants to use it: after a restart of the NameNode the DataNode's
    // first answer through WebHDFS would be that error.
    'ipc.client.connection.maxidletime': 500,
  };
}

/** The settings of hdfs-site.xml. */
export function hdfsSite({ nameService, ports, nameDirs, dataDir }: HdfsPlaces): Settings {
  return {
    'dfs.nameservices': nameService,
    [`dfs.namenode.rpc-address.${nameService}`]: `127.0.0.1:${ports.rpc}`,
    [`dfs.namenode.http-address.${nameService}`]: `127.0.0.1:${ports.http}`,
    'dfs.namenode.name.dir': nameDirs.map((dir) => pathToFileURL(dir)).join(','),
    'dfs.namenode.acls.enabled': true,
    'dfs.namenode.fs-limits.min-block-size': 65_536,
    'dfs.namenode.handler.count': 8,
    'dfs.namenode.safemode.extension': 0,
    'dfs.namenode.datanode.registration.ip-hostname-check': false,
    'dfs.datanode.address': `127.0.0.1:${ports.data}`,
    'dfs.datanode.http.address': `127.0.0.1:${ports.dataHttp}`,
    'dfs.datanode.ipc.address': `127.0.0.1:${ports.dataIpc}`,
    'dfs.datanode.hostname': '127.0.0.1',
    'dfs.datanode.data.dir': String(pathToFileURL(dataDir)),
    'dfs.datanode.handler.count': 8,
    'dfs.client.use.datanode.hostname': true,
    // The DataNode is the client of what is written through WebHDFS: with the usual 400 ms every small file takes as long.
    'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': 10,
    'dfs.heartbeat.interval': 1,
    'dfs.replication': 1,
  };
}

/** The settings of mapred-site.xml: jobs run in the process that asks for them. */
export function mapredSite({ tmpDir }: HdfsPlaces): Settings {
  return {
    'mapreduce.framework.name': 'local',
    'mapreduce.jobtracker.staging.root.dir': join(tmpDir, 'staging'),
    // Only so many of DistCp's maps run at once here, whatever its -m says.
    'mapreduce.local.map.tasks.maximum': 4,
    'mapreduce.client.progressmonitor.pollinterval': 100,
  };
}

/** Settings in the form that Hadoop reads. */
export function siteXml(settings: Settings): string {
  return withSettings('<?xml version="1.0"?>\n<configuration>\n</configuration>\n', settings);
}

/** Settings in that form with more of them; the last one of a name is the one that counts. */
export function withSettings(xml: string, settings: Settings): string {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const property = ([name, value]: [string, unknown]) =>
    `  <property><name>${name}</name><value>${escaped(String(value))}</value></property>\n`;
  return xml.replace('</configuration>', () => `${Object.entries(settings).map(property).join('')}</configuration>`);
}
