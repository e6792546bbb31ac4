import { dirname } from 'node:path/posix';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Control } from '../model/control';
import { BackupError, isKind } from '../model/errors';
import type { Body } from '../model/target';
import type { WebHdfs } from '../servers/webhdfs';
import { chunksOf, inBlocks, stopIfCancelled } from './checked-body';
import { exceptionOf, hdfsError } from './hdfs-errors';
import { takenOver } from './object-errors';
import { newPartName, partPrefix } from './part-names';

/**
 * The unfinished file of a put, beside the object that it will become. Remains of an earlier put of a large object are
 * removed first, so that they do not take its space twice; if that put lives after all, it ends with `conflict`.
 */
export interface Part {
  readonly dfs: WebHdfs;
  readonly name: string;
  readonly path: string;
  readonly objectPath: string;
}

/** A body of up to so many bytes is held whole and checked before HDFS hears of it. */
const blockBytes = 1024 * 1024;
/** Remains of smaller bodies are left to `clean`: they cost less than reading a large folder at each put. */
const smallBytes = 8 * 1024 * 1024;

export function newPart(dfs: WebHdfs, name: string, objectPath: string, id?: string): Part {
  return { dfs, name, path: `${dirname(objectPath)}/${newPartName(name, id)}`, objectPath };
}

/** Writes the whole body; returns how many bytes HDFS has. */
export async function fillPart(part: Part, body: Body, control: Control): Promise<number> {
  const { dfs, name, path } = part;
  return await readingBody(name, body, control, 0, async (blocks) => {
    const first = await blocks.next();
    await dfs.mkdirs(dirname(path), '700');
    if (body.bytes === undefined || body.bytes > smallBytes) await removeEarlierParts(part);
    if (first.done === true) return await writeBlocks(part, path, Buffer.alloc(0));
    return await writeBlocks(part, path, first.value, first.value.length < blockBytes ? undefined : blocks);
  });
}

/** Gives the part the object's name, in one step. */
export async function publishPart({ dfs, name, path, objectPath }: Part, control: Control): Promise<void> {
  stopIfCancelled(name, control);
  try {
    await dfs.replace(path, objectPath);
  } catch (error) {
    throw hdfsPutError(name, error);
  }
}

/** Of a body, each of at least 1 MiB, but for the last. */
export type Blocks = AsyncGenerator<Buffer, void>;

/** Lets `write` read the body's blocks; whatever happens, the body is let go of, also one that stalls. */
export async function readingBody<Result>(
  name: string,
  body: Body,
  control: Control,
  from: number,
  write: (blocks: Blocks) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const signal = AbortSignal.any([control.signal, over.signal]);
  const read: { failure?: unknown } = {};
  const blocks = noting(inBlocks(chunksOf(name, body, { ...control, signal }, from), blockBytes), read);
  try {
    return await write(blocks);
  } catch (error) {
    // The body may come from an HDFS, too: its errors are not this one's.
    throw read.failure ?? hdfsPutError(name, error);
  } finally {
    over.abort();
  }
}

async function* noting(blocks: AsyncIterable<Buffer>, read: { failure?: unknown }): Blocks {
  try {
    yield* blocks;
  } catch (error) {
    read.failure = error;
    throw error;
  }
}

/** Makes a file of a block and those after it; returns how many bytes HDFS has of it. */
export async function writeBlocks(
  { dfs, name }: Part,
  path: string,
  first: Buffer,
  rest?: AsyncIterable<Buffer>,
): Promise<number> {
  const sent = { bytes: 0 };
  const stream = Readable.from(counted(dfs, path, first, rest, sent), { objectMode: false });
  stream.on('error', () => undefined);
  await dfs.create(path, stream, { permission: '600' }).catch(async (error: unknown) => {
    throw (await wasTakenAway(dfs, path, error)) ? takenOver(name, error) : error;
  });
  const stored = await dfs.status(path);
  if (stored === undefined) throw takenOver(name);
  if (stored.bytes !== sent.bytes) throw wrongSize(name, sent.bytes, stored.bytes);
  return stored.bytes;
}

/** The DataNode may hear before the NameNode that a file was removed: it takes its blocks for lost then. */
async function wasTakenAway(dfs: WebHdfs, path: string, error: unknown): Promise<boolean> {
  const areBlocksGone = error instanceof BackupError && /All datanodes .* are bad/.test(error.what);
  return areBlocksGone && (await dfs.status(path).catch(() => 'unknown')) === undefined;
}

async function* counted(
  dfs: WebHdfs,
  path: string,
  first: Buffer,
  rest: AsyncIterable<Buffer> | undefined,
  sent: { bytes: number },
): AsyncGenerator<Buffer> {
  sent.bytes += first.length;
  if (first.length > 0) yield first;
  if (rest === undefined) return;
  await untilMade(dfs, path);
  for await (const block of rest) {
    sent.bytes += block.length;
    yield block;
  }
}

/** A DataNode makes the file when it gets to it: were the body to fail before, the file would come after its removal. */
async function untilMade(dfs: WebHdfs, path: string): Promise<void> {
  for (let attempt = 1; attempt <= 100 && (await dfs.status(path)) === undefined; attempt++) await sleep(50);
}

async function removeEarlierParts({ dfs, name, path }: Part): Promise<void> {
  const folder = dirname(path);
  for await (const entry of dfs.list(folder)) {
    if (entry.name.startsWith(partPrefix(name))) await dfs.remove(`${folder}/${entry.name}`);
  }
}

/** HDFS says that something is gone when what is being written, joined or renamed was removed or taken. */
export function hdfsPutError(name: string, error: unknown): unknown {
  const isGone = isKind(error, 'missing') || exceptionOf(error) === 'LeaseExpiredException';
  return isGone ? takenOver(name, error) : hdfsError(`store ${name}`, error);
}

function wrongSize(name: string, sent: number, stored: number): BackupError {
  return new BackupError('corrupt', `could not store ${name}: ${sent} bytes were sent and HDFS has ${stored}`, {
    hint: 'see the logs of the DataNodes and of what lies between them and the worker',
  });
}
