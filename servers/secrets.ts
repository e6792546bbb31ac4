import { readFile } from 'node:fs/promises';
import { BackupError } from '../model/errors';
import type { SecretRef } from '../model/secret';
import { codeOf } from './http';

/** No password or key comes near; a file that is larger is another one. */
const longestSecret = 64 * 1024;

/**
 * The value of a secret, read anew at each call, so that one that was exchanged is taken at once. `missing` where there is
 * none, `denied` where it may not be read. Errors name where it was looked for, never what was found.
 */
export async function readSecret({ env, file }: SecretRef, what: string): Promise<string> {
  const value = env === undefined ? await fromFile(file!, what) : process.env[env];
  if (value !== undefined && value !== '') return value;
  throw new BackupError('missing', `${what}: ${env === undefined ? `${file} is empty` : `${env} is not set`}`, {
    hint: env === undefined ? 'write the secret into it' : "set it in the worker's environment",
  });
}

async function fromFile(file: string, what: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const code = codeOf(cause);
    const kind = code === 'EACCES' || code === 'EPERM' ? 'denied' : 'missing';
    throw new BackupError(kind, `${what}: ${file} cannot be read (${code})`, {
      hint: "it must lie on the worker's host, readable by the worker's user and by nobody else",
    });
  });
  if (text.length > longestSecret)
    throw new BackupError('invalid', `${what}: ${file} has more than ${longestSecret} characters`);
  return text.replace(/\r?\n$/, '');
}
