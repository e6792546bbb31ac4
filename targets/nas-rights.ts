import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../model/errors';
import { systemCodeOf } from '../servers/system-error';
import { fileError } from './file-errors';
import { partPrefix } from './part-names';

/** Writes a file into the share and takes it away again: `denied` where that is not allowed. */
export async function checkRights(path: string, text: string, hint: string): Promise<void> {
  // Named as an unfinished put: never listed.
  const file = join(path, `${partPrefix('probe')}${randomBytes(8).toString('hex')}`);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile('probe');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rm(file);
  } catch (error) {
    await rm(file, { force: true }).catch(() => undefined);
    const code = systemCodeOf(error) ?? '';
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw fileError(`write to ${text}`, error);
    throw new BackupError(
      'denied',
      `${text} does not let this worker write: ${code}`,
      { hint, code },
      { cause: error },
    );
  }
}
