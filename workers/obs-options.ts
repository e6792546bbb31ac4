import type { WorkerConfig } from '../model/config';
import { type ObsSpec, serverOfEndpoint } from '../model/obs-schema';
import { authority } from '../servers/authority';
import type { ObsOptions } from '../targets/obs';
import { authorityFileNamed } from './authorities';
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

async function authorityNamed(config: Known, name: string): Promise<string> {
  return await authority(authorityFileNamed(config, name), `authorities.${name}`);
}
