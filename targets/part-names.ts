import { createHash, randomBytes } from 'node:crypto';
import { basename } from 'node:path/posix';

/** How the unfinished files of puts are called, on targets where they lie beside the object that they will become. */
const prefix = '.cairn-part-';

/** True for file names that only unfinished puts have. */
export function isPart(fileName: string): boolean {
  return fileName.startsWith(prefix);
}

/** True for the names of parts, and of what lies in a part that is a folder. */
export function isInPart(name: string): boolean {
  return name.split('/').some(isPart);
}

/** How all parts of this object begin. A digest: the object's own name may be as long as the target allows. */
export function partPrefix(name: string): string {
  return `${prefix}${createHash('sha256').update(basename(name)).digest('hex').slice(0, 16)}-`;
}

/** A name for a part of this object that no other attempt has. `id`: of the body, where the part may be gone on from. */
export function newPartName(name: string, id?: string): string {
  return `${partPrefix(name)}${id === undefined ? '' : `${id}-`}${randomBytes(8).toString('hex')}`;
}

/** True for parts of this object whose body had this id. */
export function isPartOf(fileName: string, name: string, id: string): boolean {
  const beginning = `${partPrefix(name)}${id}-`;
  return fileName.startsWith(beginning) && /^[0-9a-f]{16}$/.test(fileName.slice(beginning.length));
}
