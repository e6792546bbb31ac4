import type { Control } from '../model/control';
import { BackupError } from '../model/errors';
import type { Body } from '../model/target';
import type { S3Part, S3Requests, S3Upload } from '../servers/s3';
import { chunksOf } from './checked-body';
import { onObs } from './obs-place';

const MiB = 1024 * 1024;
const smallestPart = 8 * MiB;
/** Of S3 itself. */
const mostParts = 10_000;
/** That many bytes may be on their way at once, as long as parts are not larger. */
const bytesInFlight = 16 * MiB;

/** How a body is cut; the same for each attempt. All parts but the last have the same size. */
export interface PartPlan {
  readonly partBytes: number;
  /** Absent when the body's length is unknown beforehand. */
  readonly parts?: number;
  readonly bytes?: number;
}

/** Parts of 8 MiB, or as large as they must be for a body to have no more than a store takes. An empty body is one part. */
export function planOf(name: string, bytes: number | undefined): PartPlan {
  if (bytes === undefined) return { partBytes: smallestPart };
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new BackupError('invalid', `${name} cannot have ${bytes} bytes`);
  const partBytes = Math.max(smallestPart, Math.ceil(bytes / mostParts / MiB) * MiB);
  return { partBytes, bytes, parts: Math.max(1, Math.ceil(bytes / partBytes)) };
}

/** True for a part of an upload that is as the plan has it. */
export function isWholePart({ partBytes, parts = 0, bytes = 0 }: PartPlan, part: S3Part): boolean {
  if (part.number < 1 || part.number > parts) return false;
  return part.bytes === (part.number < parts ? partBytes : bytes - (parts - 1) * partBytes);
}

interface Sending {
  readonly s3: S3Requests;
  readonly name: string;
  readonly body: Body;
  readonly control: Control;
  readonly plan: PartPlan;
  readonly upload: S3Upload;
  readonly there: readonly S3Part[];
}

export interface SentParts {
  /** All parts of the body, in order. */
  readonly parts: readonly Pick<S3Part, 'number' | 'tag'>[];
  readonly bytes: number;
}

/** Sends the parts that are not there yet, some at a time. What the body throws comes through unchanged. */
export async function sendParts({ s3, name, body, control, plan, upload, there }: Sending): Promise<SentParts> {
  const tags = new Map(there.map(({ number, tag }) => [number, tag]));
  const first = firstMissing(tags);
  const over = new AbortController();
  const signal = AbortSignal.any([control.signal, over.signal]);
  const flights = openFlights(plan);
  let bytes = (first - 1) * plan.partBytes;
  try {
    if (plan.parts !== undefined && first > plan.parts) return whole(plan, control, tags);
    const chunks = chunksOf(name, body, { ...control, signal }, bytes);
    for await (const part of cut(chunks, flights, first)) {
      if (part.number > mostParts) throw tooManyParts(name);
      bytes += part.bytes.length;
      flights.start(part.buffer, async () => {
        if (tags.has(part.number)) return;
        const sent = s3.sendPart(upload, part.number, part.bytes).catch((error: unknown) => {
          over.abort();
          throw error;
        });
        tags.set(part.number, await onObs(`store ${name}`, sent));
      });
    }
    await flights.end();
    return { parts: inOrder(tags), bytes };
  } catch (error) {
    // Why a part could not be sent is the reason; that reading was given up then, its consequence.
    over.abort();
    throw (await flights.failure()) ?? error;
  }
}

function whole({ bytes = 0 }: PartPlan, control: Control, tags: ReadonlyMap<number, string>): SentParts {
  control.report({ bytes, totalBytes: bytes });
  return { parts: inOrder(tags), bytes };
}

function firstMissing(tags: ReadonlyMap<number, string>): number {
  let number = 1;
  while (tags.has(number)) number += 1;
  return number;
}

function inOrder(tags: ReadonlyMap<number, string>): SentParts['parts'] {
  return [...tags].map(([number, tag]) => ({ number, tag })).sort((one, other) => one.number - other.number);
}

interface Cut {
  readonly number: number;
  readonly bytes: Buffer;
  readonly buffer: Buffer;
}

/** The bytes in parts of one size, but for the last. A body without a byte is one empty part. */
async function* cut(chunks: AsyncIterable<Buffer>, flights: Flights, first: number): AsyncGenerator<Cut> {
  let [number, filled] = [first, 0];
  let buffer: Buffer | undefined;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      buffer ??= await flights.buffer();
      const copied = chunk.copy(buffer, filled, at);
      at += copied;
      filled += copied;
      if (filled < buffer.length) continue;
      yield { number, bytes: buffer, buffer };
      [number, filled, buffer] = [number + 1, 0, undefined];
    }
  }
  if (filled === 0 && number > 1) return;
  buffer ??= await flights.buffer();
  yield { number, bytes: buffer.subarray(0, filled), buffer };
}

/** What is on its way. Buffers are used again: new ones would be many before the old ones are collected. */
interface Flights {
  /** A free buffer, of a part's size; waits for one. */
  buffer(): Promise<Buffer>;
  start(buffer: Buffer, send: () => Promise<void>): void;
  /** Waits for all; throws what the first that failed threw. */
  end(): Promise<void>;
  /** The same, as an answer. */
  failure(): Promise<unknown>;
}

function openFlights({ partBytes, bytes = partBytes }: PartPlan): Flights {
  const most = Math.max(1, Math.floor(bytesInFlight / partBytes)) + 1;
  const free: Buffer[] = [];
  const flying = new Set<Promise<void>>();
  let made = 0;
  let failed: { readonly error: unknown } | undefined;
  const land = async () => {
    while (flying.size > 0) await Promise.race(flying);
    return failed;
  };
  return {
    async buffer() {
      while (free.length === 0 && made === most) await Promise.race(flying);
      if (failed !== undefined) throw failed.error;
      if (free.length > 0) return free.pop()!;
      made += 1;
      return Buffer.allocUnsafeSlow(Math.min(partBytes, Math.max(bytes, 1)));
    },
    start(buffer, send) {
      const flight = send()
        .catch((error: unknown) => void (failed ??= { error }))
        .finally(() => {
          flying.delete(flight);
          free.push(buffer);
        });
      flying.add(flight);
    },
    async end() {
      const end = await land();
      if (end !== undefined) throw end.error;
    },
    failure: async () => (await land())?.error,
  };
}

function tooManyParts(name: string): BackupError {
  return new BackupError('full', `could not store ${name}: an object has at most ${mostParts} parts`, {
    hint: 'a body whose length is not known beforehand can have 78 GiB',
  });
}
