import { type ClusterConfig, type WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import type { OmsSpec } from '../model/oms';
import type { PostgresConfig } from '../model/postgres';
import type { PostgresAccess } from '../servers/postgres';
import { authorityFileNamed } from './authorities';
import { secretNamed } from './secrets';

/** The manager of a cluster (of product 2.x), or of all of them. */
export function omsSpecOf({ id, services: { oms } }: ClusterConfig, { clusters }: WorkerConfig): OmsSpec {
  if (oms !== undefined) return { ...oms, topology: topologyOf(clusters) };
  throw new BackupError('precondition', `cluster ${id} has no oms`, {
    hint: "name it under services in the worker's cairn.yaml",
  });
}

/** The clusters with their services, and the manager's hosts: as far as this configuration tells what the manager looks after. */
function topologyOf(clusters: readonly ClusterConfig[]): string[] {
  return clusters
    .flatMap(({ id, services: { oms, nameNode } }) => [
      ...(oms?.hosts ?? []).map((host) => `host ${host}`),
      ...Object.keys(nameNode?.nameServices ?? {}).map((name) => `cluster ${id} with NameService ${name}`),
    ])
    .sort();
}

/** How a worker gets into a database. */
export function postgresAccess(
  database: PostgresConfig,
  config: Pick<WorkerConfig, 'secrets' | 'authorities'>,
): PostgresAccess {
  const { server, passwordSecret, authority } = database;
  return {
    config: database,
    ...(passwordSecret !== undefined && { password: secretNamed(config, passwordSecret, server) }),
    ...(authority !== undefined && { authorityFile: authorityFileNamed(config, authority) }),
  };
}
