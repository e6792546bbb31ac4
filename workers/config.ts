import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type ClusterConfig, type WorkerConfig, workerConfigSchema } from '../model/config';
import { BackupError } from '../model/errors';
import { parseYaml } from '../model/input';
import { clusterOfLocalFolder, managerId } from '../model/names';

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
  return config;
}

/** What one field alone does not tell. */
function checkCluster({ id, services }: ClusterConfig, before: readonly ClusterConfig[], file: string): void {
  const refuse = (problem: string, hint?: string) => {
    throw new BackupError('invalid', `${file}: ${problem}`, hint === undefined ? {} : { hint });
  };
  if (before.some((other) => other.id === id)) refuse(`cluster ${id} stands twice`);
  if (id !== managerId && clusterOfLocalFolder(id) === managerId)
    refuse(
      `no cluster may have the id ${id}: the manager's sets lie in that folder`,
      `the manager's id is ${managerId}`,
    );
  if (id === managerId && Object.keys(services).length > 0)
    refuse(
      `the manager (${managerId}) has no ${Object.keys(services).join(', ')}`,
      'services belong to a cluster with an id of its own; here leave "services: {}"',
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
