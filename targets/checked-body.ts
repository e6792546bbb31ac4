import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Control } from '../model/control';
import { BackupError } from '../model/errors';
import type { Body } from '../model/target';

/**
 * The bytes of a body, for targets that store them as they come; from an offset on where the rest is stored already.
 *
 * Reports each chunk, obeys the signal (`cancelled`, also while the body stalls) and ends with `corrupt` when the body
 * is shorter or longer than it said. What the body itself throws comes through unchanged.
 */
export async function* chunksOf(name: string, body: Body, control: Control, from = 0): AsyncGenerator<Buffer> {
  stopIfCancelled(name, control);
  const stream = stoppable(await body.open(from), control.signal);
  let bytes = from;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (body.bytes !== undefined && bytes > body.bytes) throw wrongLength(name, body.bytes, 'more');
      control.report({ bytes, ...(body.bytes !== undefined && { totalBytes: body.bytes }) });
      yield chunk;
    }
  } catch (error) {
    stopIfCancelled(name, control, error);
    throw error;
  }
  if (body.bytes !== undefined && bytes < body.bytes) throw wrongLength(name, body.bytes, `${bytes}`);
}

/** Throws `cancelled` when the signal is aborted. */
export function stopIfCancelled(name: string, control: Control, cause?: unknown): void {
  if (control.signal.aborted) throw new BackupError('cancelled', `stopped while storing ${name}`, {}, { cause });
}

/** The same bytes in blocks of at least `size`, but for the last: fewer, larger writes. */
export async function* inBlocks(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes < size) continue;
    yield gathered.length === 1 ? chunk : Buffer.concat(gathered, bytes);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered, bytes);
}

/**
 * A stream that an abort ends at once. The source alone would not do: one that is made of a generator cannot be
 * destroyed before the generator's next step. What goes wrong in the pipeline arrives as the stream's error.
 */
function stoppable(source: Readable, signal: AbortSignal): AsyncIterable<Buffer> {
  const stream = new PassThrough({ highWaterMark: 1024 * 1024 });
  void pipeline(source, stream, { signal }).catch(() => undefined);
  return stream;
}

function wrongLength(name: string, said: number, came: string): BackupError {
  return new BackupError('corrupt', `could not store ${name}: ${said} bytes were announced and ${came} came`, {
    hint: 'the source changed while it was read, or the connection to it was cut; start the run again',
  });
}
