import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Range, Stored } from '../model/target';
import { onDisk } from './file-errors';
import { heardLater } from './heard-later';
import { checkRange, tooShort } from './read-range';

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

/** The next block is on its way while the reader has this one. */
async function* blocksOf(handle: FileHandle, name: string, from: number, to: number): AsyncGenerator<Buffer> {
  let [at, reading] = [from, blockAt(handle, name, from, to)];
  while (at < to) {
    const block = await reading;
    at += block.length;
    reading = blockAt(handle, name, at, to);
    yield block;
  }
}

/** Empty at the end. */
function blockAt(handle: FileHandle, name: string, at: number, to: number): Promise<Buffer> {
  return heardLater(readBlock(handle, name, at, to));
}

async function readBlock(handle: FileHandle, name: string, at: number, to: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(Math.max(0, Math.min(blockBytes, to - at)));
  if (block.length === 0) return block;
  const { bytesRead } = await onDisk(`read ${name}`, handle.read(block, 0, block.length, at));
  if (bytesRead === 0) throw tooShort(name, at, to);
  return block.subarray(0, bytesRead);
}
