import { BackupError, type ErrorKind } from '../model/errors';
import { systemCodeOf } from '../servers/system-error';

interface Meaning {
  readonly kind: ErrorKind;
  readonly hint: string;
}

const full: Meaning = { kind: 'full', hint: 'delete old sets, raise the quota or the limit, or choose another disk' };
const denied: Meaning = {
  kind: 'denied',
  hint: "give the worker's user the folder with mode 700, on a writable mount",
};
const inTheWay: Meaning = {
  kind: 'conflict',
  hint: 'a file stands where a folder is needed, or the reverse; move it away',
};
const badName: Meaning = {
  kind: 'invalid',
  hint: 'the file system cannot hold this name; choose a shorter, plainer one',
};
const passing: Meaning = { kind: 'unavailable', hint: 'look at the disk, the mount and the kernel log of this host' };

/** What the codes of the operating system mean for the caller; any other code is `unavailable`. */
const meanings: Readonly<Record<string, Meaning>> = {
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  EISDIR: inTheWay,
  ENOTDIR: inTheWay,
  EEXIST: inTheWay,
  ENOTEMPTY: inTheWay,
  ENAMETOOLONG: badName,
  EILSEQ: badName,
  EINVAL: badName,
};

/** Awaits an operation on a disk; its error becomes a `BackupError` that names what was being done. */
export async function onDisk<T>(doing: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw fileError(doing, error);
  }
}

/** The `BackupError` for an error of the operating system; anything else is returned as it is. */
export function fileError(doing: string, error: unknown): unknown {
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  const { kind, hint } = meanings[code] ?? passing;
  return new BackupError(kind, `could not ${doing}: ${code}`, { hint, code }, { cause: error });
}
