import { open } from 'node:fs/promises';
import { BackupError, type ErrorKind } from '../model/errors';
import { systemCodeOf } from '../servers/system-error';

const meanings: Readonly<Record<string, { readonly kind: ErrorKind; readonly hint: string }>> = {
  ENOSPC: { kind: 'full', hint: "free some space in this worker's spool, or choose a larger disk for it" },
  EDQUOT: { kind: 'full', hint: "raise the quota of the worker's user on the disk of the spool" },
  EACCES: { kind: 'denied', hint: "the spool must belong to the worker's user" },
  EPERM: { kind: 'denied', hint: "the spool must belong to the worker's user" },
  EROFS: { kind: 'denied', hint: 'the disk of the spool is mounted read-only' },
};

/** What to throw for an error that the spool's disk gave: a `BackupError` where trying again does not help, else itself. */
export function spoolError(doing: string, error: unknown): unknown {
  const code = systemCodeOf(error) ?? '';
  const meaning = meanings[code];
  if (meaning === undefined) return error;
  const { kind, hint } = meaning;
  return new BackupError(kind, `could not ${doing}: ${code}`, { hint }, { cause: error });
}

/** Makes the names in a folder durable: syncing a file does not. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
