import { BackupError } from '../model/errors';

/** All bytes of a stream. More than may be are `corrupt`, with `tooMany` as what is told, and are not read on. */
export async function gather(chunks: AsyncIterable<Buffer>, mostBytes: number, tooMany: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of chunks) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new BackupError('corrupt', tooMany);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}
