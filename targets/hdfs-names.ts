import { BackupError } from '../model/errors';
import { isSafeRelativeName } from '../model/names';
import { isInPart } from './part-names';

/** Where HDFS shows what a directory held when a snapshot of it was made. */
const frozen = '.snapshot';

/** The path of a name on the target; `''` is the target itself. */
export function pathOf(base: string, name: string): string {
  return name === '' ? base : `${base}/${name}`;
}

/** The name on the target of a path below it; undefined for others, and for the target itself. */
export function nameOf(base: string, path: string): string | undefined {
  return path.startsWith(`${base}/`) ? path.slice(base.length + 1) : undefined;
}

/** True for names that lead into a snapshot. */
export function isFrozen(name: string): boolean {
  return name.split('/').includes(frozen);
}

/** Where a folder's snapshot shows a name below the folder; both names may be `''`. */
export function frozenName(folder: string, snapshot: string, name: string): string {
  return [folder, frozen, snapshot, name].filter((part) => part !== '').join('/');
}

/** Throws `invalid` for what is no name of an object; names may lead into a snapshot. */
export function checkReadable(name: string): void {
  if (isSafeRelativeName(name) && !isInPart(name)) return;
  throw new BackupError('invalid', `${JSON.stringify(name.slice(0, 200))} is not a name on a target`, {
    hint: 'names are relative, with forward slashes, without . and .. parts, control characters and backslashes',
  });
}

/** Like `checkReadable`, and what lies in snapshots is never written. */
export function checkWritable(name: string): void {
  checkReadable(name);
  if (!isFrozen(name)) return;
  throw new BackupError('invalid', `${JSON.stringify(name.slice(0, 200))} lies in a snapshot, which never changes`);
}

/** The name of a snapshot. */
export function checkSnapshotName(name: string): void {
  if (isSafeRelativeName(name) && !name.includes('/')) return;
  throw new BackupError('invalid', `${JSON.stringify(name.slice(0, 200))} is no name of a snapshot`);
}
