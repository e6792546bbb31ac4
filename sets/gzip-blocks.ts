import { promisify } from 'node:util';
import { gzip, type ZlibOptions } from 'node:zlib';

const compress = promisify<Buffer, ZlibOptions, Buffer>(gzip);

/** Raw bytes of a member: large enough that a member costs no ratio, small enough for memory and progress. */
export const blockBytes = 1024 * 1024;

/** How many blocks are compressed at a time, by the threads of libuv (4 by default; file reads need one too). */
const inFlight = 3;

/**
 * Compresses on several cores: each block becomes a gzip member of its own. Concatenated members are one
 * standard gzip file. The same blocks give the same bytes, in order.
 */
export async function* gzipBlocks(blocks: AsyncIterable<Buffer>, level: number): AsyncGenerator<Buffer> {
  const running: Promise<Buffer>[] = [];
  for await (const block of blocks) {
    running.push(member(block, level));
    if (running.length >= inFlight) yield await running.shift()!;
  }
  for (const rest of running) yield await rest;
}

/** Joins small chunks to blocks of at least `blockBytes`; a chunk that is large already passes uncopied. */
export async function* inBlocks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let [gathered, bytes]: [Buffer[], number] = [[], 0];
  for await (const chunk of chunks) {
    if (chunk.length >= blockBytes && bytes > 0) yield* flush();
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes >= blockBytes) yield* flush();
  }
  yield* flush();

  function* flush(): Generator<Buffer> {
    const [first] = gathered;
    if (first !== undefined) yield gathered.length === 1 ? first : Buffer.concat(gathered, bytes);
    [gathered, bytes] = [[], 0];
  }
}

/** One output buffer that always suffices, so that a member is compressed in one go. */
function member(block: Buffer, level: number): Promise<Buffer> {
  const chunkSize = block.length + (block.length >> 10) + 1024;
  const compressed = compress(block, { level, chunkSize });
  // A failure is thrown where the member's turn comes; until then it must not count as unhandled.
  compressed.catch(() => undefined);
  return compressed;
}
