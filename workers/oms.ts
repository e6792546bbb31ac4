import { type ClusterConfig, type WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import { managerId } from '../model/names';
import type { OmsSpec } from '../model/oms';
import type { PostgresConfig } from '../model/postgres';
import type { PostgresAccess } from '../servers/postgres';
import { authorityFileNamed } from './authorities';
import { secretNamed } from './secrets';

/** The manager of a cluster (of product 2.x), or of all of them. */
export function omsSpecOf(cluster: ClusterConfig, { clusters }: WorkerConfig): OmsSpec {
  const { id } = cluster;
  const { oms } = cluster.services;
  if (oms !== undefined) return { ...oms, topology: topologyOf(id, id === managerId ? clusters : [cluster]) };
  throw new BackupError('precondition', `cluster ${id} has no oms`, {
    hint: "name it under services in the worker's cairn.yaml",
  });
}

/**
 * The clusters with their services, and the manager's hosts: as far as this configuration tells what the manager looks after.
 * And whose manager it is, as several of product 2.x may look alike.
 */
function topologyOf(owner: string, clusters: readonly ClusterConfig[]): string[] {
  const found = clusters.flatMap(({ id, services: { oms, nameNode } }) => [
    ...(id === owner ? (oms?.hosts ?? []) : []).map((host) => `host ${host}`),
    ...Object.keys(nameNode?.nameServices ?? {}).map((name) => `cluster ${id} with NameService ${name}`),
  ]);
  return [`manager ${owner}`, ...found.sort()];
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
