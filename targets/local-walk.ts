import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent } from '../servers/system-error';
import { fileError } from './file-errors';
import { onceEach } from './once-each';

export interface Found {
  readonly kind: 'file' | 'folder';
  readonly path: string;
  /** Relative to the target, forward slashes. */
  readonly name: string;
  /** The last part of the name. */
  readonly base: string;
}

/** Decides whether a folder is looked into. */
export type Enters = (path: string) => Promise<boolean>;

/**
 * Every file and folder below `folder`, whose own name on the target is `prefix`; a folder comes after what it holds.
 * Streamed. Symbolic links and special files are left out; what vanishes meanwhile is left out or not, as it happens.
 */
export async function* walk(folder: string, prefix: string, enters: Enters = everyFolder): AsyncGenerator<Found> {
  for await (const entry of entriesOf(folder, prefix)) {
    const { name: base } = entry;
    // ext file systems keep a folder of root's at the top of each disk; LocalBackup may be such a top.
    if (prefix === '' && base === 'lost+found') continue;
    const found = { path: join(folder, base), name: prefix === '' ? base : `${prefix}/${base}`, base };
    if (entry.isFile()) yield { kind: 'file', ...found };
    if (!entry.isDirectory() || !(await enters(found.path))) continue;
    yield* walk(found.path, found.name, enters);
    yield { kind: 'folder', ...found };
  }
}

async function* entriesOf(folder: string, name: string): AsyncGenerator<Dirent> {
  try {
    yield* onceEach(await opendir(folder));
  } catch (error) {
    if (!isAbsent(error)) throw fileError(`list ${name}`, error);
  }
}

function everyFolder(): Promise<boolean> {
  return Promise.resolve(true);
}
