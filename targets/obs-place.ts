import { BackupError } from '../model/errors';
import { isSafeRelativeName } from '../model/names';
import type { S3 } from '../servers/s3';
import { isInPart } from './part-names';

/** Where on a store a target is. */
export interface ObsPlace {
  readonly s3: S3;
  /** What all its keys begin with, without a slash at the end. */
  readonly path: string;
}

/** Of S3 itself. */
const longestKey = 1024;

/** The key of an object; `invalid` for a name that would leave the target, is of unfinished puts, or is too long. */
export function keyOf({ path }: ObsPlace, name: string): string {
  if (!isSafeRelativeName(name) || isInPart(name))
    throw new BackupError('invalid', `${JSON.stringify(name)} is no name for an object`);
  const key = `${path}/${name}`;
  if (Buffer.byteLength(key) <= longestKey) return key;
  throw new BackupError('invalid', `${name} is too long for an object store`, {
    hint: `with the target's path it has more than ${longestKey} bytes; choose a shorter path`,
  });
}

/** What the keys of all objects under a prefix begin with; '' is the whole target. */
export function folderKey(place: ObsPlace, prefix: string): string {
  return prefix === '' ? `${place.path}/` : `${keyOf(place, prefix)}/`;
}

/** The name that a key has on the target; undefined for keys of others, which cairn would refuse. */
export function nameOf({ path }: ObsPlace, key: string): string | undefined {
  const name = key.startsWith(`${path}/`) ? key.slice(path.length + 1) : '';
  return isSafeRelativeName(name) ? name : undefined;
}

/** Awaits an operation of the store; its error names what was being done. */
export async function onObs<T>(doing: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw obsError(doing, error);
  }
}

/** Anything that the store did not answer itself is returned as it is. */
export function obsError(doing: string, error: unknown): unknown {
  if (!(error instanceof BackupError)) return error;
  return new BackupError(error.kind, `could not ${doing}: ${error.what}`, error.context, { cause: error });
}
