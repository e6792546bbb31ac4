import { Readable } from 'node:stream';
import type { Body } from '../../model/target';

export const MiB = 1024 * 1024;

export interface HalvedBodyOptions {
  readonly megabytes: number;
  /** Behind so many MiB nothing comes any more; all comes when absent. */
  readonly stopAt?: number;
  readonly id?: string;
}

/** A body that is different everywhere and costs little. `asked` tells from where it was asked for. */
export function halvedBody({ megabytes, stopAt = megabytes, id }: HalvedBodyOptions) {
  const asked: number[] = [];
  const bytesAt = (at: number, length: number) => {
    const first = Math.floor(at / MiB);
    const last = Math.floor((at + length - 1) / MiB);
    const blocks = Array.from({ length: last - first + 1 }, (_, n) => Buffer.alloc(MiB, `block ${first + n};`));
    return Buffer.concat(blocks).subarray(at - first * MiB, at - first * MiB + length);
  };
  async function* chunks(from: number): AsyncGenerator<Buffer> {
    for (let at = from; at < stopAt * MiB;) {
      const length = Math.min(256 * 1024, MiB - (at % MiB));
      yield bytesAt(at, length);
      at += length;
    }
    if (stopAt < megabytes) await new Promise(() => undefined);
  }
  const open = async (from: number) => (asked.push(from), Readable.from(chunks(from), { objectMode: false }));
  const body: Body = { ...(id !== undefined && { id }), bytes: megabytes * MiB, open };
  return { asked, body, bytesAt };
}
