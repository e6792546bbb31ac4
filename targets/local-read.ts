import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { BackupError } from '../model/errors';
import type { Range, Stored } from '../model/target';
import { onDisk } from './file-errors';

const blockBytes = 1024 * 1024;

/**
 * A stream of an object, or of a range of it, that errors when the file turns out shorter than it was (`corrupt`).
 * A range that is none is `invalid`, one that ends behind the object `corrupt`. The stream closes the handle.
 */
export function readExactly(handle: FileHandle, object: Stored, range?: Range): Readable {
  const { start, end } = range ?? { start: 0, end: object.bytes - 1 };
  if (range !== undefined) checkRange(object, range);
  const blocks = blocksOf(handle, object.name, start, end + 1);
  const stream = Readable.from(blocks, { objectMode: false, highWaterMark: blockBytes });
  // Not in the generator's `finally`: a stream that is destroyed before its first read never enters it.
  return stream.once('close', () => void handle.close());
}

async function* blocksOf(handle: FileHandle, name: string, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to;) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, to - at));
    const { bytesRead } = await onDisk(`read ${name}`, handle.read(block, 0, block.length, at));
    if (bytesRead === 0) throw tooShort(name, at, to);
    at += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

function checkRange({ name, bytes }: Stored, { start, end }: Range): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new BackupError('invalid', `bytes ${start} to ${end} of ${name} are no range`);
  }
  if (end >= bytes) throw tooShort(name, bytes, end + 1);
}

function tooShort(name: string, has: number, wanted: number): BackupError {
  return new BackupError('corrupt', `${name} ends after ${has} bytes where ${wanted} were to be read`, {
    hint: 'verify the set; the file was cut off or replaced behind our back',
  });
}
