import { basename, dirname } from 'node:path/posix';
import type { Control } from '../model/control';
import { isKind } from '../model/errors';
import type { Body } from '../model/target';
import type { WebHdfs } from '../servers/webhdfs';
import { exceptionOf, onHdfs } from './hdfs-errors';
import { type Blocks, hdfsPutError, type Part, readingBody, writeBlocks } from './hdfs-part';
import { entriesOf } from './hdfs-walk';
import { takenOver } from './object-errors';
import { isPartOf, partPrefix } from './part-names';

/**
 * A put that can be gone on from: its part is a directory of files of 32 MiB, named by where they begin, that HDFS joins
 * at the end (see docs/decisions/0024-cut-off-uploads-to-hdfs.md).
 *
 * Only whole files are gone on from. HDFS has closed them, so nobody writes to them any more; the one that a put was
 * writing when it was cut off may still be open. They are taken over by renaming the directory: if the put before lives
 * after all, it writes files of its own from then on, finds those before them gone, and ends with `conflict`.
 */
export type NamedBody = Body & Required<Pick<Body, 'id'>>;

export interface Segments {
  /** In their order; at least one once the body is stored. */
  readonly paths: readonly string[];
  readonly bytes: number;
}

const segmentBytes = 32 * 1024 * 1024;
/** Servers and proxies limit the length of an address. */
const longestSources = 4000;

/**
 * False for a body that is one segment, and where HDFS joins no files: in an encryption zone, and in a directory with a
 * comma in its path, which it takes for the end of a path. Makes the object's directory.
 */
export async function canBeJoined(dfs: WebHdfs, name: string, objectPath: string, body: Body): Promise<boolean> {
  const folder = dirname(objectPath);
  if (folder.includes(',') || (body.bytes !== undefined && body.bytes <= segmentBytes)) return false;
  await onHdfs(`store ${name}`, dfs.mkdirs(folder, '700'));
  return (await onHdfs(`store ${name}`, dfs.status(folder)))?.isEncrypted !== true;
}

/** Writes what is not there yet; all files are whole then. */
export async function fillSegments(part: Part, body: NamedBody, control: Control): Promise<Segments> {
  const { dfs, name, path: folder } = part;
  const remains = await taken(part, body).catch((error: unknown) => Promise.reject(hdfsPutError(name, error)));
  return await readingBody(name, body, control, remains.bytes, async (blocks) => {
    const paths = [...remains.paths];
    let { bytes } = remains;
    for await (const piece of inPieces(blocks, segmentBytes)) {
      if (paths[0] !== undefined && (await dfs.status(paths[0])) === undefined) throw takenOver(name);
      const path = `${folder}/${segmentName(bytes)}`;
      bytes += await writeBlocks(part, path, (await piece.next()).value as Buffer, piece);
      paths.push(path);
    }
    if (paths.length > 0) return { paths, bytes };
    const empty = `${folder}/${segmentName(0)}`;
    return { paths: [empty], bytes: await writeBlocks(part, empty, Buffer.alloc(0)) };
  });
}

/** A file of which all bytes are there. */
export interface Joined {
  readonly path: string;
  readonly bytes: number;
}

/** Makes one file of them, in their directory. Undefined when HDFS refuses: they are in a snapshot, or of several kinds. */
export async function joinSegments(part: Part, { paths, bytes }: Segments): Promise<Joined | undefined> {
  const { dfs, name } = part;
  const [path, others] = [paths[0]!, paths.slice(1)];
  const atOnce = Math.max(1, Math.floor(longestSources / encodeURIComponent(path).length));
  try {
    for (let n = 0; n < others.length; n += atOnce) await dfs.concat(path, others.slice(n, n + atOnce));
    const stored = await dfs.status(path);
    if (stored?.bytes !== bytes) throw takenOver(name);
    return { path, bytes };
  } catch (error) {
    if (refusals.has(exceptionOf(error) ?? '')) return undefined;
    throw hdfsPutError(name, error);
  }
}

const refusals = new Set([
  'HadoopIllegalArgumentException',
  'IllegalArgumentException',
  'SnapshotException',
  'UnsupportedOperationException',
]);

const none: Segments = { paths: [], bytes: 0 };

/** Of what earlier puts of the object left, the directory with the most of this body is ours now; all else is removed. */
async function taken({ dfs, name, path }: Part, body: NamedBody): Promise<Segments> {
  const remains = await mostIn(dirname(path), dfs, name, body);
  if (remains === undefined) return none;
  try {
    await dfs.move(remains, path);
  } catch (error) {
    // Another attempt begins just now, and was faster.
    if (isKind(error, 'missing')) return none;
    throw error;
  }
  const { whole, others } = await segmentsIn(path, dfs, body);
  for (const other of others) await dfs.remove(other);
  return whole;
}

async function mostIn(folder: string, dfs: WebHdfs, name: string, body: NamedBody): Promise<string | undefined> {
  let [best, most]: [string | undefined, number] = [undefined, 0];
  for await (const { name: base, type } of dfs.list(folder)) {
    if (!base.startsWith(partPrefix(name))) continue;
    const path = `${folder}/${base}`;
    const isOurs = type === 'directory' && isPartOf(base, name, body.id);
    const { bytes } = isOurs ? (await segmentsIn(path, dfs, body)).whole : none;
    const worse = bytes > most ? best : path;
    if (bytes > most) [best, most] = [path, bytes];
    if (worse !== undefined) await dfs.remove(worse);
  }
  return best;
}

/** Those that are whole and follow each other from the first byte on. Some may have been joined already. */
async function segmentsIn(folder: string, dfs: WebHdfs, body: Body): Promise<{ whole: Segments; others: string[] }> {
  const [paths, others]: [string[], string[]] = [[], []];
  let end = 0;
  for await (const { name, type, bytes } of entriesOf(dfs, folder, basename(folder))) {
    const isNext = type === 'file' && name === segmentName(end) && isWhole(end, bytes, body);
    (isNext ? paths : others).push(`${folder}/${name}`);
    if (isNext) end += bytes;
  }
  return { whole: { paths, bytes: end }, others };
}

/** HDFS counts the bytes of a block only when all of them have been written. */
function isWhole(start: number, bytes: number, body: Body): boolean {
  const end = start + bytes;
  if (bytes === 0 || end > (body.bytes ?? Infinity)) return false;
  return bytes % segmentBytes === 0 || end === body.bytes;
}

/** HDFS lists them in this order. */
function segmentName(start: number): string {
  return String(start).padStart(16, '0');
}

/** The same bytes in pieces of `size`, but for the last. Each is to be read to its end before the next one. */
async function* inPieces(blocks: Blocks, size: number): AsyncGenerator<AsyncGenerator<Buffer>> {
  let held: Buffer | undefined;
  const next = async () => {
    const { done, value } = await blocks.next();
    return done === true ? undefined : value;
  };
  async function* piece(): AsyncGenerator<Buffer> {
    for (let left = size; left > 0 && (held ??= await next()) !== undefined;) {
      const some: Buffer = held.subarray(0, left);
      held = some.length < held.length ? held.subarray(some.length) : undefined;
      left -= some.length;
      yield some;
    }
  }
  while ((held ??= await next()) !== undefined) yield piece();
}
