import { pipeline, Readable, Transform } from 'node:stream';
import { isKind } from '../model/errors';
import type { Range } from '../model/target';
import { gather } from '../servers/gather';
import type { HdfsEntry, WebHdfs } from '../servers/webhdfs';
import { onHdfs } from './hdfs-errors';
import { checkRange, tooShort } from './read-range';

/** An object as it stood when it was looked at. */
export interface HdfsObject {
  readonly name: string;
  readonly path: string;
  readonly entry: HdfsEntry;
}

/** Whatever cairn stores a second time under one name (catalogues, labels) is smaller. */
const replaceableBytes = 1024 * 1024;
/** It may have become longer since it was looked at, but not without end. */
const mostBytes = 64 * replaceableBytes;
const attempts = 5;

/**
 * A stream of an object, or of a range of it, that errors when the file turns out shorter than it was (`corrupt`).
 * A range that is none is `invalid`, one that ends behind the object `corrupt`.
 *
 * HDFS takes the blocks of a replaced file away under whoever reads it. A small one is therefore read whole before the
 * first byte is given, and again when it was replaced meanwhile.
 */
export async function readObject(dfs: WebHdfs, object: HdfsObject, range?: Range): Promise<Readable> {
  const bytes = range === undefined ? object.entry.bytes : range.end - range.start + 1;
  if (bytes > replaceableBytes) return await openObject(dfs, object, range);
  return Readable.from([await readWhole(dfs, object, range)], { objectMode: false });
}

async function readWhole(dfs: WebHdfs, object: HdfsObject, range?: Range, attempt = 1): Promise<Buffer> {
  try {
    return await gather(await openObject(dfs, object, range), mostBytes, `${object.name} is longer than HDFS said`);
  } catch (error) {
    if (!(isKind(error, 'unavailable') || isKind(error, 'corrupt')) || attempt === attempts) throw error;
    const entry = await dfs.status(object.path).catch(() => undefined);
    if (entry === undefined || !isReplaced(object.entry, entry)) throw error;
    return await readWhole(dfs, { ...object, entry }, range, attempt + 1);
  }
}

function isReplaced(before: HdfsEntry, now: HdfsEntry): boolean {
  return now.type === 'file' && (now.modified !== before.modified || now.bytes !== before.bytes);
}

async function openObject(dfs: WebHdfs, { name, path, entry }: HdfsObject, range?: Range): Promise<Readable> {
  if (range !== undefined) checkRange({ name, bytes: entry.bytes }, range);
  const stream = await onHdfs(`read ${name}`, dfs.open(path, range));
  return wholeRange(stream, name, range ?? { start: 0, end: entry.bytes - 1 });
}

/**
 * HDFS sends less than it was asked for where a file ends sooner than its status said; and what stands between may end a body
 * early whose length nobody has announced.
 */
function wholeRange(stream: Readable, name: string, { start, end }: Range): Readable {
  let at = start;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      at += chunk.length;
      done(null, chunk);
    },
    flush: (done) => done(at === end + 1 ? null : tooShort(name, at, end + 1)),
  });
  return pipeline(stream, counting, () => undefined);
}
