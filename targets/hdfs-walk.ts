import type { HdfsEntry, WebHdfs } from '../servers/webhdfs';
import { isSafeRelativeName } from '../model/names';
import { hdfsError, isAbsent } from './hdfs-errors';
import { onceEach } from './once-each';

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
 * it holds. Streamed. Folders that may have snapshots, and symbolic links, are left out; what vanishes meanwhile is left
 * out or not, as it happens. Names that lead elsewhere, or that cairn would refuse, are left out with all below them.
 */
export async function* walk(
  dfs: WebHdfs,
  path: string,
  prefix: string,
  isLeftOut: (name: string) => boolean,
): AsyncGenerator<Found> {
  for await (const { name: base, type, bytes, isSnapshottable } of entriesOf(dfs, path, prefix)) {
    const found = { path: `${path}/${base}`, name: prefix === '' ? base : `${prefix}/${base}`, base, bytes };
    if (base.includes('/') || !isSafeRelativeName(found.name)) continue;
    if (type === 'file') yield { kind: 'file', ...found };
    if (type !== 'directory' || isSnapshottable === true || isLeftOut(found.name)) continue;
    yield* walk(dfs, found.path, found.name, isLeftOut);
    yield { kind: 'folder', ...found };
  }
}

/** What lies in a directory, which may be gone. `name` is for errors. */
export async function* entriesOf(dfs: WebHdfs, path: string, name: string): AsyncGenerator<HdfsEntry> {
  try {
    yield* onceEach(dfs.list(path));
  } catch (error) {
    if (!isAbsent(error)) throw hdfsError(`list ${name === '' ? path : name}`, error);
  }
}
