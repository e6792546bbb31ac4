import '../../model/dispose';
import { Readable } from 'node:stream';
import { BackupError } from '../../model/errors';
import type { BackupTarget, Body, Stored } from '../../model/target';

type Method = 'put' | 'get' | 'stat' | 'list' | 'remove';

/** What goes wrong, and at which call of the method: 1 is the first. */
export type Fault = { readonly call: number; readonly error?: Error } & (
  | {
      readonly on: 'put';
      /** `breakBody`: the connection is lost half way. `flipByte`: another byte is stored, silently. `stall`: half comes, then nothing. */
      readonly does: 'fail' | 'failAfterwards' | 'breakBody' | 'flipByte' | 'stall';
    }
  | {
      readonly on: 'get';
      /** `break`: errors half way. `truncate`: ends half way, silently. `flipByte`: another byte is read, silently. */
      readonly does: 'fail' | 'break' | 'truncate' | 'flipByte';
    }
  /** `break`: errors after the first object. */
  | { readonly on: 'list'; readonly does: 'fail' | 'break' }
  /** `failAfterwards`: it is done, but the answer is lost. */
  | { readonly on: 'remove'; readonly does: 'fail' | 'failAfterwards' }
  | { readonly on: 'stat'; readonly does: 'fail' }
);

export interface ChaosTarget extends BackupTarget {
  /** How often each method was called. */
  readonly calls: Readonly<Record<Method, number>>;
}

/** A target that misbehaves as planned, and else is the inner one. The plan may grow while it is used. */
export function createChaosTarget(inner: BackupTarget, plan: readonly Fault[]): ChaosTarget {
  const calls = { put: 0, get: 0, stat: 0, list: 0, remove: 0 };
  const next = (method: Method): Fault | undefined => {
    const call = ++calls[method];
    const fault = plan.find(({ on, call: planned }) => on === method && planned === call);
    if (fault?.does === 'fail') throw errorOf(fault);
    return fault;
  };
  return {
    ...inner,
    calls,
    async put(name, body, control) {
      const fault = next('put');
      const stored = await inner.put(name, fault === undefined ? body : harm(body, fault), control);
      return afterwards(fault, stored);
    },
    async get(name, range) {
      const fault = next('get');
      const stream = await inner.get(name, range);
      if (fault === undefined) return stream;
      const bytes = range === undefined ? ((await inner.stat(name))?.bytes ?? 0) : range.end - range.start + 1;
      return harmStream(stream, bytes, fault);
    },
    async stat(name) {
      next('stat');
      return inner.stat(name);
    },
    async *list(prefix) {
      const fault = next('list');
      for await (const stored of inner.list(prefix)) {
        yield stored;
        if (fault !== undefined) break;
      }
      if (fault !== undefined) throw errorOf(fault);
    },
    async remove(name) {
      const fault = next('remove');
      afterwards(fault, await inner.remove(name));
    },
    [Symbol.asyncDispose]: async () => inner[Symbol.asyncDispose](),
  };
}

function harm(body: Body, fault: Fault): Body {
  if (fault.does === 'failAfterwards') return body;
  return { ...body, open: async (from) => harmStream(await body.open(from), (body.bytes ?? 0) - from, fault) };
}

/** `bytes` is how many will come; of a stream of unknown length (0 or less) it is the first byte that is harmed. */
function harmStream(stream: Readable, bytes: number, fault: Fault): Readable {
  return Readable.from(harmedChunks(stream, Math.floor(Math.max(bytes, 0) / 2), fault), { objectMode: false });
}

async function* harmedChunks(stream: Readable, middle: number, fault: Fault): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of stream) {
    const place = middle - bytes;
    bytes += chunk.length;
    if (bytes <= middle) yield chunk;
    else if (fault.does === 'flipByte') yield flipped(chunk, place);
    else return yield* endOf(chunk.subarray(0, place), fault);
  }
  if (bytes === 0) yield* endOf(Buffer.alloc(0), fault);
}

async function* endOf(chunk: Buffer, fault: Fault): AsyncGenerator<Buffer> {
  if (chunk.length > 0) yield chunk;
  if (fault.does === 'truncate' || fault.does === 'flipByte') return;
  if (fault.does === 'stall') await new Promise(() => undefined);
  throw errorOf(fault);
}

/** Flips a byte of the chunk that lies at `place`; a chunk behind the place is left as it is. */
function flipped(chunk: Buffer, place: number): Buffer {
  if (place < 0) return chunk;
  const copy = Buffer.from(chunk);
  copy[place] = ~(copy[place] ?? 0) & 0xff;
  return copy;
}

function afterwards<Result extends Stored | void>(fault: Fault | undefined, result: Result): Result {
  if (fault?.does === 'failAfterwards') throw errorOf(fault);
  return result;
}

function errorOf({ on, call, error }: Fault): Error {
  return error ?? new BackupError('unavailable', `chaos: call ${call} of ${on} fails`);
}
