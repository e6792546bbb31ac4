import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path/posix';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Control } from '../model/control';
import { BackupError, isKind } from '../model/errors';
import type { Body } from '../model/target';
import type { WebHdfs } from '../servers/webhdfs';
import { chunksOf, inBlocks, stopIfCancelled } from './checked-body';
import { exceptionOf, hdfsError } from './hdfs-errors';
import { partPrefix } from './part-names';

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

export function newPart(dfs: WebHdfs, name: string, objectPath: string): Part {
  const path = `${dirname(objectPath)}/${partPrefix(name)}${randomBytes(8).toString('hex')}`;
  return { dfs, name, path, objectPath };
}

/** Writes the whole body; returns how many bytes HDFS has. */
export async function fillPart(part: Part, body: Body, control: Control): Promise<number> {
  const { dfs, name, path } = part;
  const over = new AbortController();
  const signal = AbortSignal.any([control.signal, over.signal]);
  const blocks = inBlocks(chunksOf(name, body, { ...control, signal }), blockBytes);
  const first = await blocks.next();
  const sent: Sent = { bytes: 0 };
  try {
    const bytes = first.done === true ? [] : counted(part, first.value, blocks, sent);
    const stream = Readable.from(bytes, { objectMode: false });
    stream.on('error', () => undefined);
    await dfs.mkdirs(dirname(path), '700');
    if (body.bytes === undefined || body.bytes > smallBytes) await removeEarlierParts(part);
    await dfs.create(path, stream, { permission: '600' });
    return await storedBytes(part, sent.bytes);
  } catch (error) {
    // The body may come from an HDFS, too: its errors are not this one's.
    if (sent.failure !== undefined) throw sent.failure;
    throw isGone(error) ? takenOver(name, error) : hdfsError(`store ${name}`, error);
  } finally {
    // Lets go of a body that was not read to its end, also of one that stalls.
    over.abort();
  }
}

/** Gives the part the object's name, in one step. */
export async function publishPart({ dfs, name, path, objectPath }: Part, control: Control): Promise<void> {
  stopIfCancelled(name, control);
  try {
    await dfs.replace(path, objectPath);
  } catch (error) {
    throw isGone(error) ? takenOver(name, error) : hdfsError(`store ${name}`, error);
  }
}

interface Sent {
  bytes: number;
  /** What the body threw. */
  failure?: unknown;
}

async function* counted(part: Part, first: Buffer, rest: AsyncIterable<Buffer>, sent: Sent): AsyncGenerator<Buffer> {
  sent.bytes += first.length;
  yield first;
  if (first.length < blockBytes) return;
  await untilMade(part);
  try {
    for await (const block of rest) {
      sent.bytes += block.length;
      yield block;
    }
  } catch (error) {
    sent.failure = error;
    throw error;
  }
}

/** A DataNode makes the file when it gets to it: were the body to fail before, the file would come after its removal. */
async function untilMade({ dfs, path }: Part): Promise<void> {
  for (let attempt = 1; attempt <= 100 && (await dfs.status(path)) === undefined; attempt++) await sleep(50);
}

async function storedBytes({ dfs, name, path }: Part, sent: number): Promise<number> {
  const stored = await dfs.status(path);
  if (stored === undefined) throw takenOver(name);
  if (stored.bytes !== sent) throw wrongSize(name, sent, stored.bytes);
  return stored.bytes;
}

async function removeEarlierParts({ dfs, name, path }: Part): Promise<void> {
  const folder = dirname(path);
  for await (const entry of dfs.list(folder)) {
    if (entry.name.startsWith(partPrefix(name))) await dfs.remove(`${folder}/${entry.name}`);
  }
}

/** HDFS says so when the file that is being written or renamed was removed. */
function isGone(error: unknown): boolean {
  return isKind(error, 'missing') || exceptionOf(error) === 'LeaseExpiredException';
}

function takenOver(name: string, cause?: unknown): BackupError {
  const what = `could not store ${name}: a newer attempt to store it has taken over`;
  return new BackupError('conflict', what, { hint: 'see which other run or worker writes to this folder' }, { cause });
}

function wrongSize(name: string, sent: number, stored: number): BackupError {
  return new BackupError('corrupt', `could not store ${name}: ${sent} bytes were sent and HDFS has ${stored}`, {
    hint: 'see the logs of the DataNodes and of what lies between them and the worker',
  });
}
