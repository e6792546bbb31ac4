import type { FileHandle } from 'node:fs/promises';

const room = 1024 * 1024;

/** Reads a file from front to back in flat memory. */
export interface ByteReader {
  /** The next bytes, at most so many and at most 1 MiB; fewer only at the file's end. Valid until the next call. */
  take(bytes: number): Buffer | Promise<Buffer>;
}

export function openByteReader(handle: FileHandle): ByteReader {
  const buffer = Buffer.allocUnsafeSlow(room);
  let [start, end] = [0, 0];

  async function fill(bytes: number): Promise<void> {
    buffer.copy(buffer, 0, start, end);
    [start, end] = [0, end - start];
    while (end < bytes) {
      const { bytesRead } = await handle.read(buffer, end, room - end);
      if (bytesRead === 0) return;
      end += bytesRead;
    }
  }
  function cut(bytes: number): Buffer {
    const piece = buffer.subarray(start, Math.min(end, start + bytes));
    start += piece.length;
    return piece;
  }
  return {
    take(bytes) {
      const wanted = Math.min(bytes, room);
      // Answers at once where it can: a segment holds a million small transactions.
      if (end - start >= wanted) return cut(wanted);
      return fill(wanted).then(() => cut(wanted));
    },
  };
}
