import { isSafeRelativeName } from '../model/names';
import type { SftpEntry } from '../servers/sftp';
import { onceEach } from './once-each';
import { isAbsent, sftpError, type SftpPlaceOf } from './sftp-errors';

export interface Found {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  /** Relative to the target, forward slashes. */
  readonly name: string;
  /** The last part of the name. */
  readonly base: string;
  readonly bytes: number;
}

/**
 * Every file and folder below the directory `path`, whose own name on the target is `prefix`; a folder comes after what
 * it holds. Streamed. What is neither, and what vanishes meanwhile, is left out. The server is not trusted: names that lead elsewhere or that cairn would refuse are left out with all below
 * them, and of what is listed twice only the first counts.
 */
export async function* walk(place: SftpPlaceOf, path: string, prefix: string): AsyncGenerator<Found> {
  for await (const { name: base, type, bytes } of entriesOf(place, path, prefix)) {
    const found = { path: `${path}/${base}`, name: prefix === '' ? base : `${prefix}/${base}`, base, bytes };
    // A name that is not UTF-8 comes as another one, under which there is nothing.
    if (base.includes('/') || base.includes('\uFFFD') || !isSafeRelativeName(found.name)) continue;
    if (type === 'file') yield { kind: 'file', ...found };
    if (type !== 'directory') continue;
    yield* walk(place, found.path, found.name);
    yield { kind: 'folder', ...found };
  }
}

async function* entriesOf(place: SftpPlaceOf, path: string, name: string): AsyncGenerator<SftpEntry> {
  try {
    yield* onceEach(place.sftp.list(path));
  } catch (error) {
    if (!isAbsent(error)) throw await sftpError(place, `list ${name === '' ? path : name}`, error);
  }
}
