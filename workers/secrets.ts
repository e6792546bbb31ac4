import type { WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import { readSecret } from '../servers/secrets';

/** The value of a secret, read anew at each call. */
export type ReadSecret = () => Promise<string>;

/**
 * The secret that a task names, for the server that it is to be shown to. `precondition` where this worker's configuration
 * has none of that name, `denied` where it is not meant for that server.
 */
export function secretNamed({ secrets }: Pick<WorkerConfig, 'secrets'>, name: string, server: string): ReadSecret {
  return async () => {
    const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (secret === undefined)
      throw new BackupError('precondition', `this worker knows no secret "${name}"`, {
        hint: `name it under secrets in the worker's cairn.yaml; it has: ${Object.keys(secrets).sort().join(', ') || 'none'}`,
      });
    if (!secret.servers.includes(server))
      throw new BackupError('denied', `secret "${name}" is not for ${server}`, {
        hint: `add ${server} to its servers in the worker's cairn.yaml; it is for: ${secret.servers.join(', ')}`,
      });
    return await readSecret(secret, `secret "${name}"`);
  };
}
