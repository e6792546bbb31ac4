import type { Readable } from 'node:stream';

/** The whole of a stream that must not be longer than that; else what `tooLong` makes of its length so far is thrown. */
export async function readAtMost(
  stream: Readable,
  maxBytes: number,
  tooLong: (bytes: number) => Error,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLong(bytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
