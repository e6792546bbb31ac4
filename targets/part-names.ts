import { createHash } from 'node:crypto';
import { basename } from 'node:path/posix';

/** How the unfinished files of puts are called, on targets where they lie beside the object that they will become. */
const prefix = '.cairn-part-';

/** True for file names that only unfinished puts have. */
export function isPart(fileName: string): boolean {
  return fileName.startsWith(prefix);
}

/** How all parts of this object begin. A digest: the object's own name may be as long as the target allows. */
export function partPrefix(name: string): string {
  return `${prefix}${createHash('sha256').update(basename(name)).digest('hex').slice(0, 16)}-`;
}
