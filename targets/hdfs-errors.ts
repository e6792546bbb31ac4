import { BackupError, type ErrorKind, isKind } from '../model/errors';

/** Awaits an operation of HDFS; what HDFS answers becomes an error that names what was being done, with a hint. */
export async function onHdfs<T>(doing: string, operation: Promise<T>, hints: Hints = {}): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw hdfsError(doing, error, hints);
  }
}

/** Hints that fit better than the usual ones. */
export type Hints = { readonly [kind in ErrorKind]?: string };

/** Anything that HDFS did not answer itself (no connection, an error of the body) is returned as it is. */
export function hdfsError(doing: string, error: unknown, hints: Hints = {}): unknown {
  const exception = exceptionOf(error);
  if (!(error instanceof BackupError) || exception === undefined) return error;
  const { kind } = error;
  const hint = hintsByException[exception] ?? hints[kind] ?? hintFor(kind, error.what);
  const context = { ...error.context, ...(hint !== undefined && { hint }) };
  return new BackupError(kind, `could not ${doing}: ${error.what}`, context, { cause: error });
}

/** True for what HDFS answers when a path, or a directory on the way to it, is not there. */
export function isAbsent(error: unknown): boolean {
  return isKind(error, 'missing') || exceptionOf(error) === 'ParentNotDirectoryException';
}

/** The class of Hadoop's exception. */
export function exceptionOf(error: unknown): string | undefined {
  const exception = error instanceof BackupError ? error.context['exception'] : undefined;
  return typeof exception === 'string' ? exception : undefined;
}

const hintsByException: { readonly [exception: string]: string } = {
  SafeModeException:
    'the NameNode is in safe mode; it leaves it when its DataNodes have reported, or an administrator does',
};

const usualHints: Hints = {
  denied: "let the worker's user own the target's directory with mode 700, and pass through the directories above it",
  full: 'delete old sets, raise the quota of the directory (`hdfs dfsadmin -setSpaceQuota`), or add DataNodes',
  invalid: 'HDFS cannot hold this name: each part has at most 255 bytes and no colon',
  conflict: 'a file stands where a directory is needed, or the reverse; move it away',
};

function hintFor(kind: ErrorKind, what: string): string | undefined {
  if (/could only be (written|replicated) to|Failed to find datanode/.test(what))
    return 'its DataNodes are full, or not enough of them are up';
  return usualHints[kind];
}
