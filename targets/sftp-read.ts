import { Readable } from 'node:stream';
import type { Range, Stored } from '../model/target';
import type { SftpFile } from '../servers/sftp';
import { heardLater } from './heard-later';
import { onSftp, type SftpPlaceOf } from './sftp-errors';
import { checkRange, tooShort } from './read-range';

/** Asked for ahead of the reader: each answer takes a round trip. More than the package's own window, which has 2 MiB. */
const bytesAhead = 4 * 1024 * 1024;

/**
 * A stream of an object, or of a range of it, that errors when the file turns out shorter than it was (`corrupt`).
 * A range that is none is `invalid`, one that ends behind the object `corrupt`. The stream closes the file.
 */
export function readExactly(place: SftpPlaceOf, file: SftpFile, object: Stored, range?: Range): Readable {
  const { start, end } = range ?? { start: 0, end: object.bytes - 1 };
  if (range !== undefined) checkRange(object, range);
  const stream = Readable.from(blocksOf(place, file, object.name, start, end + 1), { objectMode: false });
  // Not in the generator's `finally`: a stream that is destroyed before its first read never enters it.
  return stream.once('close', () => void file.close().catch(() => undefined));
}

async function* blocksOf(
  place: SftpPlaceOf,
  file: SftpFile,
  name: string,
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  const { blockBytes } = place.sftp;
  const ahead: Promise<Buffer>[] = [];
  for (let at = from; at < to || ahead.length > 0;) {
    for (; at < to && ahead.length * blockBytes < bytesAhead; at += blockBytes)
      ahead.push(heardLater(readBlock(file, name, at, Math.min(at + blockBytes, to))));
    yield await onSftp(place, `read ${name}`, ahead.shift()!);
  }
}

/** A server may give less than it was asked for. */
async function readBlock(file: SftpFile, name: string, from: number, to: number): Promise<Buffer> {
  const first = await file.read(from, to - from);
  if (first.length === to - from) return first;
  if (first.length === 0) throw tooShort(name, from, to);
  return Buffer.concat([first, await readBlock(file, name, from + first.length, to)]);
}
