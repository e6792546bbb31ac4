import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import type { Control } from '../../model/control';
import { BackupError } from '../../model/errors';
import type { BackupTarget, Body } from '../../model/target';
import type { TargetSpeed } from '../../model/target-check';
import { bodyOf } from './tools';

const MiB = 1024 * 1024;
const chunkBytes = 64 * 1024;
const small = { files: 50, bytes: 4096 };
const calls = 20;

/** How fast a target is for one stream, for small files one after the other, and for a question. Leaves its objects in the folder. */
export async function measureSpeed(
  target: BackupTarget,
  folder: string,
  mib: number,
  control: Control,
): Promise<TargetSpeed> {
  const bytes = mib * MiB;
  const name = `${folder}/speed/large`;
  const silent: Control = { ...control, report: () => undefined };
  const written = await secondsOf(() => target.put(name, incompressible(bytes), silent));
  const read = await secondsOf(() => readAll(target, name, bytes, control.signal));
  const content = randomBytes(small.bytes);
  const filled = await secondsOf(async () => {
    for (let file = 0; file < small.files; file += 1)
      await target.put(`${folder}/speed/${file}`, bodyOf(content), silent);
  });
  return {
    bytes,
    writeBytesPerSecond: Math.round(bytes / written),
    readBytesPerSecond: Math.round(bytes / read),
    smallFiles: { ...small, perSecond: Number((small.files / filled).toPrecision(3)) },
    latency: { milliseconds: Number((1000 * (await latencyOf(target, name))).toPrecision(3)), calls },
  };
}

async function latencyOf(target: BackupTarget, name: string): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < calls; call += 1) times.push(await secondsOf(() => target.stat(name)));
  return times.sort((one, other) => one - other)[calls / 2]!;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  // A clock that is too coarse for what was done must not make it endlessly fast.
  return Math.max(performance.now() - begin, 0.001) / 1000;
}

async function readAll(target: BackupTarget, name: string, bytes: number, signal: AbortSignal): Promise<void> {
  let read = 0;
  for await (const chunk of await target.get(name)) {
    read += (chunk as Buffer).length;
    if (signal.aborted) throw new BackupError('cancelled', `stopped while reading ${name}`);
  }
  if (read !== bytes) throw new BackupError('corrupt', `${bytes} bytes were written and ${read} read`);
}

/** Neither a store nor a line can make it smaller: each chunk is another piece of random bytes. */
function incompressible(bytes: number): Body {
  const noise = randomBytes(8 * MiB);
  function* chunks(from: number): Generator<Buffer> {
    for (let at = from; at < bytes;) {
      const length = Math.min(chunkBytes - (at % chunkBytes), bytes - at);
      const place = (Math.floor(at / chunkBytes) * 65_537 + (at % chunkBytes)) % (noise.length - chunkBytes);
      yield noise.subarray(place, place + length);
      at += length;
    }
  }
  return { bytes, open: async (from) => Readable.from(chunks(from), { objectMode: false }) };
}
