/** Where the parts of an embedded HDFS lie in its folder, and on which ports it listens; both are kept for the next time. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exists } from './cache';
import { freePorts } from './free-port';
import {
  coreSite,
  hdfsSite,
  mapredSite,
  siteXml,
  type HdfsPlaces,
  type HdfsPorts,
  type Settings,
} from './hdfs-settings';

export interface HdfsOptions {
  /** Where its configuration, metadata, blocks and logs lie. Opened again, the same ports and the same data are used. */
  readonly folder: string;
  /** `hacluster` unless told. */
  readonly nameService?: string;
  /** Ports to use, instead of those that the folder remembers, or free ones. */
  readonly ports?: Partial<HdfsPorts>;
  /** How many folders the NameNode keeps its metadata in; one unless told. */
  readonly nameDirs?: number;
  /** More settings, or other ones: each goes into the file that it belongs to by its name. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Makes the folder and writes its configuration; nothing is formatted or started. */
export async function layOut(options: HdfsOptions): Promise<HdfsPlaces> {
  const { nameService = 'hacluster', nameDirs = 1 } = options;
  const folder = resolve(options.folder);
  await mkdir(join(folder, 'tmp'), { recursive: true });
  const places: HdfsPlaces = {
    folder,
    nameService,
    ports: await portsOf(join(folder, 'ports.json'), options.ports),
    confDir: join(folder, 'conf'),
    tmpDir: join(folder, 'tmp'),
    nameDirs: Array.from({ length: nameDirs }, (_, i) => join(folder, i === 0 ? 'name' : `name-${i + 1}`)),
    dataDir: join(folder, 'data'),
  };
  await writeSettings(places, options.properties);
  return places;
}

async function portsOf(file: string, wanted: Partial<HdfsPorts> = {}): Promise<HdfsPorts> {
  const remembered = (await exists(file)) ? (JSON.parse(await readFile(file, 'utf8')) as HdfsPorts) : await newPorts();
  const ports = { ...remembered, ...wanted };
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

async function newPorts(): Promise<HdfsPorts> {
  const [rpc, http, data, dataHttp, dataIpc] = (await freePorts(5)) as [number, number, number, number, number];
  return { rpc, http, data, dataHttp, dataIpc };
}

async function writeSettings(places: HdfsPlaces, properties: Settings = {}): Promise<void> {
  const own = { core: coreSite(places), hdfs: hdfsSite(places), mapred: mapredSite(places) };
  await mkdir(places.confDir, { recursive: true });
  for (const site of ['core', 'hdfs', 'mapred'] as const) {
    const added = Object.entries(properties).filter(([name]) => siteOf(name) === site);
    const settings = { ...own[site], ...Object.fromEntries(added) };
    await writeFile(join(places.confDir, `${site}-site.xml`), siteXml(settings));
  }
}

function siteOf(property: string): 'core' | 'hdfs' | 'mapred' {
  if (property.startsWith('dfs.')) return 'hdfs';
  return /^(mapreduce|mapred|yarn)\./.test(property) ? 'mapred' : 'core';
}
