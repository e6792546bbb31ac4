import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { normalize } from 'node:path';
import { type ClusterConfig, type WorkerConfig, workerConfigSchema } from '../model/config';
import { BackupError } from '../model/errors';
import { parseYaml } from '../model/input';
import { clusterOfLocalFolder, managerId } from '../model/names';
import { atLeast } from '../model/version';

/** Reads a worker's `cairn.yaml`. Throws `missing`, or `invalid` with the field's path, what was found and what is allowed. */
export async function loadWorkerConfig(file: string): Promise<WorkerConfig> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BackupError(
      'missing',
      `the configuration ${file} cannot be read`,
      { hint: 'docs/configuration.md shows a first one' },
      { cause },
    );
  });
  const config = parseYaml(workerConfigSchema, text, file);
  config.clusters.forEach((cluster, place) => checkCluster(cluster, config.clusters.slice(0, place), file));
  for (const { services } of config.clusters)
    for (const folder of services.oms?.configuration ?? []) checkApart(folder, config, file);
  return config;
}

/** Configuration is put aside and read whole: what cairn itself keeps must lie elsewhere. */
function checkApart(folder: string, { spool, mountPoints, mounts, clusters }: WorkerConfig, file: string): void {
  const ours = [spool, mountPoints, ...Object.values(mounts), ...clusters.map((one) => one.localBackup.path)];
  const inside = (path: string, other: string) => `${normalize(path)}/`.startsWith(`${normalize(other)}/`);
  const met = ours.find((own) => inside(own, folder) || inside(folder, own));
  if (met === undefined) return;
  throw new BackupError(
    'invalid',
    `${file}: configuration folder ${folder} and ${met}, where cairn keeps its own, lie in one another`,
    {
      hint: 'name under services.oms.configuration the folders with configuration alone',
    },
  );
}

/** What one field alone does not tell. */
function checkCluster({ id, version, services }: ClusterConfig, before: readonly ClusterConfig[], file: string): void {
  const refuse = (problem: string, hint?: string) => {
    throw new BackupError('invalid', `${file}: ${problem}`, hint === undefined ? {} : { hint });
  };
  if (before.some((other) => other.id === id)) refuse(`cluster ${id} stands twice`);
  if (id !== managerId && clusterOfLocalFolder(id) === managerId)
    refuse(
      `no cluster may have the id ${id}: the manager's sets lie in that folder`,
      `the manager's id is ${managerId}`,
    );
  const others = Object.keys(services).filter((one) => one !== 'oms');
  if (id === managerId && others.length > 0)
    refuse(
      `the manager (${managerId}) has no ${others.join(', ')}`,
      'of the services only oms belongs to it; all others to a cluster with an id of its own',
    );
  if (id !== managerId && services.oms !== undefined && atLeast(version, '3.0.0'))
    refuse(
      `cluster ${id} has no oms: from product version 3 on the manager is looked after by itself`,
      `put services.oms into a cluster with the id ${managerId}`,
    );
}

/** This worker's host name in cairn. */
export function hostOf(config: WorkerConfig): string {
  return config.host ?? hostname();
}

/** The configuration of a cluster; `invalid` when this worker does not serve it. */
export function clusterOf(config: WorkerConfig, id: string): ClusterConfig {
  const found = config.clusters.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new BackupError('invalid', `this worker does not serve cluster ${id}`, {
    hint: "add it to the worker's cairn.yaml",
  });
}
