import type { WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';

/** The file of an authority that targets are believed by; `precondition` where this worker's configuration has none of that name. */
export function authorityFileNamed({ authorities }: Pick<WorkerConfig, 'authorities'>, name: string): string {
  const file = Object.hasOwn(authorities, name) ? authorities[name] : undefined;
  if (file !== undefined) return file;
  throw new BackupError('precondition', `this worker knows no authority "${name}"`, {
    hint: `name it under authorities in the worker's cairn.yaml; it has: ${Object.keys(authorities).sort().join(', ') || 'none'}`,
  });
}
