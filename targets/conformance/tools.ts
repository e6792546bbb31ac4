import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { noControl } from '../../model/control';
import { BackupError, type ErrorKind, messageOf } from '../../model/errors';
import type { BackupTarget, Body, Range } from '../../model/target';

const chunkBytes = 64 * 1024;

/** A body that tells its length, in chunks of 64 KiB. */
export function bodyOf(content: string | Buffer): Body {
  const bytes = Buffer.from(content);
  return { bytes: bytes.length, open: async (from) => streamOf(bytes.subarray(from)) };
}

/** A body that waits in the middle until it is let go on. */
export interface HeldBody {
  readonly body: Body;
  /** Resolves when the target has asked for bytes. */
  readonly flowing: Promise<void>;
  finish(): void;
}

/** `first` comes at once, `rest` after `finish()`. */
export function heldBody(first: Buffer, rest: Buffer): HeldBody {
  let asked = (): void => undefined;
  const flowing = new Promise<void>((resolve) => (asked = resolve));
  const stream = new Readable({ read: () => asked() });
  stream.push(first);
  const finish = () => [rest, null].forEach((chunk) => stream.push(chunk));
  return { flowing, finish, body: { bytes: first.length + rest.length, open: async () => stream } };
}

/** The whole object, or the range. */
export async function read(target: BackupTarget, name: string, range?: Range): Promise<Buffer> {
  return buffer(await target.get(name, range));
}

/** The names that are listed, sorted. */
export async function namesBelow(target: BackupTarget, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of target.list(prefix)) names.push(name);
  return names.sort();
}

/** What cut-off puts left, by name, sorted. */
export async function remainsBelow(target: BackupTarget, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of target.remains?.(prefix) ?? []) names.push(name);
  return names.sort();
}

/** A put that is stopped when 2 MiB have come, of 4. */
export async function cutOff(target: BackupTarget, name: string): Promise<void> {
  const stop = new AbortController();
  const { body, flowing } = heldBody(Buffer.alloc(2 * 1024 * 1024), Buffer.alloc(2 * 1024 * 1024));
  const putting = target.put(name, body, { ...noControl(), signal: stop.signal });
  await Promise.race([flowing, putting]);
  stop.abort();
  await assertKind('cancelled', putting);
}

/** Neither stat, get nor list knows the object. */
export async function assertAbsent(target: BackupTarget, prefix: string, name: string): Promise<void> {
  assert.equal(await target.stat(name), undefined);
  await assertKind('missing', target.get(name));
  assert.ok(!(await namesBelow(target, prefix)).includes(name), `${name} is listed`);
}

export async function assertKind(kind: ErrorKind, operation: Promise<unknown>): Promise<void> {
  const outcome: unknown = await operation.then(
    () => 'no error',
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof BackupError, `expected an error of kind ${kind}, got: ${messageOf(outcome)}`);
  assert.equal(outcome.kind, kind, `expected an error of kind ${kind}, got ${outcome.kind}: ${outcome.message}`);
}

/** Waits for all, then throws the first error: nothing goes on behind the back of the next case. */
export async function together(...operations: readonly PromiseLike<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(operations)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/** Works through all items, some at a time. */
export async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await together(...Array.from({ length: 16 }, worker));
}

function streamOf(bytes: Buffer): Readable {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, n) =>
    bytes.subarray(n * chunkBytes, (n + 1) * chunkBytes),
  );
  return Readable.from(chunks, { objectMode: false });
}
