import { BackupError } from '../model/errors';
import type { HdfsAddress, HdfsSpec } from '../model/hdfs';
import type { HdfsEntry } from '../model/hdfs-schema';
import type { NameServiceConfig } from '../model/name-node';

/** NameServices of a cluster, as `services.nameNode` of cairn.yaml has them. */
export type NameServices = Readonly<Record<string, NameServiceConfig>>;

/** The one set of a run. `precondition` when the workers' configuration does not have the NameService. */
export function hdfsSpecOf(
  { nameService, paths = [], rows }: Pick<HdfsEntry, 'nameService' | 'paths' | 'rows'>,
  config: NameServices,
): HdfsSpec {
  return { hdfs: hdfsAddressOf(nameService, config), paths, ...(rows && { rows }) };
}

/** How a NameService of the cluster is reached. `precondition` as above. */
export function hdfsAddressOf(nameService: string, config: NameServices): HdfsAddress {
  if (!Object.hasOwn(config, nameService)) throw unknownNameService(nameService, Object.keys(config));
  const { nameNodes, uri } = config[nameService]!;
  return { nameService, uri: uri ?? `hdfs://${nameService}`, nameNodes: nameNodes.map(({ http }) => http) };
}

function unknownNameService(asked: string, known: readonly string[]): BackupError {
  const there = known.length === 0 ? 'there are none yet' : `there are: ${known.join(', ')}`;
  return new BackupError('precondition', `the cluster has no NameService \`${asked}\``, {
    hint: `name it under services.nameNode.nameServices in the workers' cairn.yaml; ${there}`,
  });
}
