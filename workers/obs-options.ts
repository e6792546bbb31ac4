import type { WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import { type ObsSpec, serverOfEndpoint } from '../model/obs-schema';
import { authority } from '../servers/authority';
import type { ObsOptions } from '../targets/obs';
import { secretNamed } from './secrets';

type Known = Pick<WorkerConfig, 'secrets' | 'authorities'>;

/** A task's bucket with what this worker's configuration knows under the names that the task gives. */
export function obsOptions(config: Known, { kind: _, secretKeySecret, ...spec }: ObsSpec): ObsOptions {
  const { authority: name, objectLock, ...place } = spec;
  return {
    ...place,
    ...(objectLock && { objectLock }),
    secretKey: secretNamed(config, secretKeySecret, serverOfEndpoint(spec.endpoint) ?? spec.endpoint),
    ...(name !== undefined && { authority: () => authorityNamed(config, name) }),
  };
}

async function authorityNamed({ authorities }: Known, name: string): Promise<string> {
  const file = Object.hasOwn(authorities, name) ? authorities[name] : undefined;
  if (file !== undefined) return await authority(file, `authorities.${name}`);
  throw new BackupError('precondition', `this worker knows no authority "${name}"`, {
    hint: `name it under authorities in the worker's cairn.yaml; it has: ${Object.keys(authorities).sort().join(', ') || 'none'}`,
  });
}
