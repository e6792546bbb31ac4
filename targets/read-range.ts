import { BackupError } from '../model/errors';
import type { Range, Stored } from '../model/target';

/** A range that is none is `invalid`, one that ends behind the object `corrupt`. */
export function checkRange({ name, bytes }: Stored, { start, end }: Range): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new BackupError('invalid', `bytes ${start} to ${end} of ${name} are no range`);
  }
  if (end >= bytes) throw tooShort(name, bytes, end + 1);
}

export function tooShort(name: string, has: number, wanted: number): BackupError {
  return new BackupError('corrupt', `${name} ends after ${has} bytes where ${wanted} were to be read`, {
    hint: 'verify the set; the file was cut off or replaced behind our back',
  });
}
