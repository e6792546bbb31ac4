import type { DataSpecOrigin, OpenedDataSource, OpenedSource, OpenedTarget, Plugins } from '../activities/plugins';
import { type ClusterConfig, factsOf, type WorkerConfig } from '../model/config';
import type { Copier } from '../model/copier';
import { BackupError } from '../model/errors';
import type { HdfsAddress } from '../model/hdfs';
import type { HdfsEntry } from '../model/hdfs-schema';
import type { BuiltTarget, DataKind, MetadataKind } from '../model/kinds';
import type { Peer } from '../model/mirror';
import { defaultNameService, type NameServiceConfig } from '../model/name-node';
import type { TargetSpec, TaskSource } from '../model/task';
import { localFolderOf } from '../model/names';
import { openSpool } from '../sets/spool';
import { type Login, simpleLogin } from '../servers/login';
import { openPeer } from '../servers/peer';
import { hdfsAddressOf, hdfsSpecOf, openHdfsSource } from '../sources/hdfs';
import { openNameNodeSource } from '../sources/name-node';
import { nameNodeParts } from '../sources/name-node-parts';
import { omsParts, openOmsSource } from '../sources/oms';
import { createTargetCheck } from '../targets/conformance/check';
import { openHdfsTarget } from '../targets/hdfs';
import { openLocalDir, usedBytes } from '../targets/local-dir';
import { openObs } from '../targets/obs';
import { openSftpTarget } from '../targets/sftp';
import { clusterOf, hostOf } from './config';
import { createCopiers } from './copiers';
import { omsSpecOf, postgresAccess } from './oms';
import { openCifs, openNfs } from './nas';
import { obsOptions } from './obs-options';
import { remoteHdfsOf } from './remote-hdfs';
import { sftpOptionsOf } from './sftp';

/**
 * The registries: what each kind is made of. A kind added to `builtSources` or `builtTargets` does not compile
 * until it stands here.
 */
type MetadataFactories = {
  readonly [source in MetadataKind]: (cluster: ClusterConfig, host: string, config: WorkerConfig) => OpenedSource;
};
type DataFactories = {
  readonly [source in DataKind]: (cluster: ClusterConfig, origin: DataSpecOrigin) => OpenedDataSource;
};
type TargetFactories = {
  readonly [target in BuiltTarget]: (
    cluster: ClusterConfig,
    spec: Extract<TargetSpec, { kind: target }>,
    config: WorkerConfig,
  ) => OpenedTarget;
};

const metadataSources: MetadataFactories = {
  oms: (cluster, host, config) => {
    const spec = omsSpecOf(cluster, config);
    return {
      source: openOmsSource({ access: postgresAccess(spec.database, config), host }),
      parts: () => omsParts(spec),
    };
  },
  nameNode: (cluster, host) => ({
    source: openNameNodeSource({ login: loginOf(cluster), hadoop: hadoopOf(cluster), host }),
    parts: (entry?: TaskSource['entry']) =>
      nameNodeParts(entry?.source === 'nameNode' ? entry : { source: 'nameNode' }, nameServicesOf(cluster)),
  }),
};

const dataSources: DataFactories = {
  hdfs: (cluster, origin) => ({
    source: openHdfsSource({ login: loginOf(cluster), command: hadoopOf(cluster), known: hdfsOf(cluster) }),
    spec: hdfsSpecOf(hdfsEntryOf(origin), nameServicesOf(cluster)),
  }),
};

const targets: TargetFactories = {
  localDir: (cluster) => ({
    target: openLocalDir({ root: cluster.localBackup.path }),
    root: localFolderOf(cluster.id),
    usedBytes: () => usedBytes(cluster.localBackup.path),
  }),
  localHdfs: (own, { cluster: named, nameService, path }, config) => {
    const cluster = named === undefined ? own : clusterOf(config, named);
    const hdfs = hdfsAddressOf(nameService, nameServicesOf(cluster));
    return { target: openHdfsTarget({ hdfs, path, login: loginOf(cluster) }), root: '' };
  },
  remoteHdfs: (cluster, { nameService, path, anyVersion }) => {
    const remote = remoteHdfsOf(cluster, nameService);
    return {
      target: openHdfsTarget({ hdfs: remote.address, path, login: loginOf(cluster) }),
      root: '',
      checkVersion: () => remote.checkVersion(anyVersion === true),
      ...(remote.otherVersion === undefined ? {} : { otherVersion: remote.otherVersion }),
    };
  },
  nfs: (_cluster, spec, config) => openNfs(config, spec),
  cifs: (_cluster, spec, config) => openCifs(config, spec),
  sftp: (_cluster, spec, config) => ({ target: openSftpTarget(sftpOptionsOf(spec, config)), root: '' }),
  obs: (_, spec, config) => ({ target: openObs(obsOptions(config, spec)), root: '' }),
};

/** Everything concrete that a worker with this configuration works with. */
export function createPlugins(config: WorkerConfig): Plugins {
  const host = hostOf(config);
  const copiers = new Map<string, readonly Copier[]>();
  return {
    host,
    spool: openSpool(config.spool),
    clusters: () => config.clusters.map(({ id }) => id),
    facts: (cluster) => factsOf(clusterOf(config, cluster), host, config),
    openSource: (cluster, source) => metadataSources[source](clusterOf(config, cluster), host, config),
    openDataSource: (cluster, source, origin) => dataSources[source](clusterOf(config, cluster), origin),
    openTarget: (cluster, target) => openTarget(config, clusterOf(config, cluster), target),
    openPeer: (cluster, peer) => peerOf(clusterOf(config, cluster), peer, host),
    copiers(id) {
      const cluster = clusterOf(config, id);
      const known =
        copiers.get(id) ?? createCopiers(cluster, config, { login: loginOf(cluster), hdfs: hdfsOf(cluster) });
      copiers.set(id, known);
      return known;
    },
    targetCheck: createTargetCheck(),
  };
}

function openTarget(config: WorkerConfig, cluster: ClusterConfig, target: TargetSpec): OpenedTarget {
  const open = targets[target.kind] as (c: ClusterConfig, spec: TargetSpec, config: WorkerConfig) => OpenedTarget;
  return open(cluster, target, config);
}

/** The other management hosts' LocalBackup is read through the workers there. */
export function peerOf({ id, localBackup: { serve } }: ClusterConfig, host: string, by: string): Peer {
  if (serve !== undefined) return openPeer({ cluster: id, host, by, config: serve });
  throw new BackupError('precondition', `this worker is not told how to read LocalBackup of ${host}`, {
    hint: "configure localBackup.serve in the worker's cairn.yaml, as on the other management hosts",
  });
}

function loginOf(cluster: ClusterConfig): Login {
  return simpleLogin({ user: cluster.hadoop.user });
}

function hadoopOf({ hadoop: { hdfs, confDir } }: ClusterConfig) {
  return { hdfs, ...(confDir === undefined ? {} : { confDir }) };
}

function nameServicesOf(cluster: ClusterConfig): Readonly<Record<string, NameServiceConfig>> {
  const service = cluster.services.nameNode;
  if (service !== undefined) return service.nameServices;
  throw new BackupError('precondition', `cluster ${cluster.id} has no nameNode`, {
    hint: "name it under services in the worker's cairn.yaml",
  });
}

/** Every HDFS that the cluster's configuration names: its own NameServices and the remote ones. */
function hdfsOf(cluster: ClusterConfig): readonly HdfsAddress[] {
  const own = cluster.services.nameNode?.nameServices ?? {};
  return [
    ...Object.keys(own).map((nameService) => hdfsAddressOf(nameService, own)),
    ...Object.keys(cluster.remoteHdfs).map((nameService) => remoteHdfsOf(cluster, nameService).address),
  ];
}

/** What a task asks for; of a set, the NameService that it came from. */
function hdfsEntryOf(origin: DataSpecOrigin): Pick<HdfsEntry, 'nameService' | 'paths' | 'rows'> {
  if ('facts' in origin) return { nameService: String(origin.facts['nameService'] ?? defaultNameService) };
  if (origin.entry.source === 'hdfs') return { ...origin.entry, ...(origin.paths && { paths: [...origin.paths] }) };
  throw new BackupError('invalid', `a task's entry for ${origin.entry.source} is none for hdfs`);
}
