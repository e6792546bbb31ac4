import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { chosenSet } from '../../client/choose-sets';
import type { EmbeddedHdfs } from '../../embedded/hdfs';
import { noControl } from '../../model/control';
import type { HdfsAddress } from '../../model/hdfs';
import type { HdfsEntry } from '../../model/hdfs-schema';
import type { Verification } from '../../model/set';
import type { BackupTask, ChosenSet, RestorationTask, TargetSpec } from '../../model/task';
import { simpleLogin } from '../../servers/login';
import { listSets } from '../../sets/list';
import { verifySet } from '../../sets/verify';
import { openHdfsTarget } from '../../targets/hdfs';
import { type RealCluster, realCluster, webHdfs } from './real-cluster';
import type { Stage } from './stage';
import type { TwoClusters } from './two-clusters';

/** Where the sets of these tests lie on the remote HDFS. */
export const backupPath = '/backup';
export const remote: TargetSpec = { kind: 'remoteHdfs', nameService: 'haclusterX', path: backupPath };

/** A cluster whose HDFS and Yarn are real, and which knows a second one to back up to. */
export async function dataCluster(
  stage: Stage,
  id: string,
  { source, remote: other, yarn }: TwoClusters,
  settings: Readonly<Record<string, number>> = {},
): Promise<RealCluster> {
  const made = await realCluster(stage, { id, hdfs: source, hadoop: { hadoop: source.hadoopCommand }, settings });
  const config = made.config as { services: { nameNode: { nameServices: Record<string, object> } } };
  const { hacluster } = config.services.nameNode.nameServices;
  return {
    ...made,
    config: {
      ...config,
      yarn: yarn === undefined ? 'none' : { resourceManagers: [yarn.httpAddress] },
      remoteHdfs: { haclusterX: { nameNodes: [other.httpAddress], uri: other.uri } },
      services: { nameNode: { nameServices: { hacluster: { ...hacluster, uri: source.uri } } } },
    },
  };
}

/** What a task of these tests says about its directories; the product's limits else. */
export function hdfsEntry(paths: string[] | undefined, more: Partial<HdfsEntry> = {}): HdfsEntry {
  return {
    source: 'hdfs',
    nameService: 'hacluster',
    ...(paths && { paths }),
    recoveryPoints: 1,
    queue: 'default',
    maps: 20,
    bandwidth: 100,
    ...more,
  };
}

/** A task that backs up directories to the remote HDFS. */
export function dataTask(
  cluster: string,
  name: string,
  paths: string[] | undefined,
  { copies = 24, ...more }: Partial<HdfsEntry> & { copies?: number } = {},
): BackupTask {
  const entry = hdfsEntry(paths, more);
  return {
    kind: 'backup',
    name,
    cluster,
    mode: 'manual',
    sources: [{ source: 'hdfs', entry, copies, target: remote }],
  };
}

/** A restoration of a set of service data; `paths` says which directories go where, all to their own places else. */
export function dataRestoration(
  cluster: string,
  name: string,
  set: ChosenSet,
  paths?: ChosenSet['paths'],
): RestorationTask {
  return { kind: 'restoration', name, cluster, sets: [{ ...set, ...(paths && { paths }) }] };
}

export function addressOf(hdfs: EmbeddedHdfs): HdfsAddress {
  return { nameService: hdfs.nameService, uri: hdfs.uri, nameNodes: [hdfs.httpAddress] };
}

/** The target of these tests, without any worker. */
export function openRemote({ remote: hdfs }: Pick<TwoClusters, 'remote'>) {
  return openHdfsTarget({ hdfs: addressOf(hdfs), path: backupPath, login: simpleLogin({ user: 'root' }) });
}

/** Sets of service data of a task, oldest first, as a restoration chooses them. */
export async function dataSets(clusters: TwoClusters, task: string): Promise<ChosenSet[]> {
  const sets: ChosenSet[] = [];
  for await (const set of listSets(openRemote(clusters), ''))
    if (set.task === task) sets.push(chosenSet({ ...set, target: remote }));
  return sets.sort((one, other) => (one.label < other.label ? -1 : 1));
}

/** Reads every byte of a set, without any worker. */
export async function verifyData(clusters: TwoClusters, name: string): Promise<Verification> {
  return await verifySet(openRemote(clusters), name, 'content', noControl());
}

/** Everything below a directory: attributes, ACL, xattrs; of files also what they hold. Of directories no time. */
export async function dataOf(hdfs: EmbeddedHdfs, root: string): Promise<Record<string, string>> {
  const dfs = webHdfs(hdfs);
  const tree: Record<string, string> = {};
  const see = async (path: string): Promise<void> => {
    const { name: _name, accessed: _accessed, isSnapshottable: _may, ...about } = (await dfs.status(path))!;
    const { modified, ...rest } = about;
    const attributes = [await dfs.aclOf(path), [...(await dfs.xattrsOf(path))].sort()];
    const bytes = about.type === 'file' ? sha256(await bytesOf(await dfs.open(path))) : '';
    const time = about.type === 'file' ? modified : undefined;
    tree[path.slice(root.length)] = JSON.stringify([rest, time, attributes, bytes]);
    if (about.type === 'directory') for await (const { name } of dfs.list(path)) await see(join(path, name));
  };
  await see(root);
  return tree;
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
