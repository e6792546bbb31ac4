import { readFile } from 'node:fs/promises';
import { BackupError } from '../model/errors';
import { codeOf } from './http';

/** Certificates of an authority that a server is believed by, as PEM. `missing` or `invalid` where the file holds none. */
export async function authority(file: string, what: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BackupError('missing', `${what}.ca: ${file} cannot be read (${codeOf(cause)})`);
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new BackupError('invalid', `${what}.ca: ${file} holds no certificate in PEM`);
}
