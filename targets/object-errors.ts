import { BackupError } from '../model/errors';
import { isSafeRelativeName } from '../model/names';
import { isInPart } from './part-names';

/** `invalid` for what cannot be an object's name, and for the names of unfinished puts. */
export function checkName(name: string): void {
  if (isSafeRelativeName(name) && !isInPart(name)) return;
  throw new BackupError('invalid', `${JSON.stringify(name.slice(0, 200))} is not a name on a target`, {
    hint: 'names are relative, with forward slashes, without . and .. parts, control characters and backslashes',
  });
}

/** An object that is to be read, and is absent. */
export function missing(name: string): BackupError {
  return new BackupError('missing', `${name} is not there`, { hint: 'list the sets to see what is' });
}

/** What an older put ends with when a newer one of the same name goes on. */
export function takenOver(name: string, cause?: unknown, where: 'folder' | 'place' = 'folder'): BackupError {
  const what = `could not store ${name}: a newer attempt to store it has taken over`;
  const hint = `see which other run or worker writes to this ${where}`;
  return new BackupError('conflict', what, { hint }, { cause });
}
