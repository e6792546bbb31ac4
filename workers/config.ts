import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type ClusterConfig, type WorkerConfig, workerConfigSchema } from '../model/config';
import { BackupError } from '../model/errors';
import { parseYaml } from '../model/input';

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
  const twice = config.clusters.find(
    (one, place) => config.clusters.findIndex((other) => other.id === one.id) !== place,
  );
  if (twice !== undefined) throw new BackupError('invalid', `${file}: cluster ${twice.id} stands twice`);
  return config;
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
