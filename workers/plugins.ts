import type { OpenedSource, OpenedTarget, Plugins } from '../activities/plugins';
import { type ClusterConfig, factsOf, type WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import type { BuiltSource, BuiltTarget } from '../model/kinds';
import type { TargetSpec, TaskSource } from '../model/task';
import { openSpool } from '../sets/spool';
import { simpleLogin } from '../servers/login';
import { openNameNodeSource } from '../sources/name-node';
import { nameNodeParts } from '../sources/name-node-parts';
import { openLocalDir, usedBytes } from '../targets/local-dir';
import { clusterOf, hostOf } from './config';

/**
 * The registries: what each kind is made of. A kind added to `builtSources` or `builtTargets` does not compile
 * until it stands here.
 */
type SourceFactories = { readonly [source in BuiltSource]: (cluster: ClusterConfig, host: string) => OpenedSource };
type TargetFactories = {
  readonly [target in BuiltTarget]: (
    cluster: ClusterConfig,
    spec: Extract<TargetSpec, { kind: target }>,
  ) => OpenedTarget;
};

const sources: SourceFactories = {
  nameNode(cluster, host) {
    const service = cluster.services.nameNode;
    if (service === undefined) throw notThere(cluster, 'nameNode');
    const login = simpleLogin({ user: cluster.hadoop.user });
    const { hdfs, confDir } = cluster.hadoop;
    return {
      source: openNameNodeSource({
        login,
        hadoop: { hdfs, ...(confDir === undefined ? {} : { confDir }) },
        host,
      }),
      parts: (entry?: TaskSource['entry']) => nameNodeParts(entry ?? { source: 'nameNode' }, service.nameServices),
    };
  },
};

const targets: TargetFactories = {
  localDir: (cluster) => ({
    target: openLocalDir({ root: cluster.localBackup.path }),
    root: cluster.id,
    usedBytes: () => usedBytes(cluster.localBackup.path),
  }),
};

/** Everything concrete that a worker with this configuration works with. */
export function createPlugins(config: WorkerConfig): Plugins {
  const host = hostOf(config);
  return {
    host,
    spool: openSpool(config.spool),
    facts: (cluster) => factsOf(clusterOf(config, cluster), host),
    openSource: (cluster, source) => sources[source](clusterOf(config, cluster), host),
    openTarget: (cluster, target) => targets[target.kind](clusterOf(config, cluster), target),
  };
}

function notThere(cluster: ClusterConfig, source: BuiltSource): BackupError {
  return new BackupError('precondition', `cluster ${cluster.id} has no ${source}`, {
    hint: "name it under services in the worker's cairn.yaml",
  });
}
