import { Readable } from 'node:stream';
import type { Body } from '../../model/target';

export const MiB = 1024 * 1024;

/** A body of so many MiB that is different everywhere and costs nothing; `asked` tells from where it was asked for. After `heldAt` bytes nothing more comes. */
export function longBody(id: string, mebibytes: number, heldAt = Infinity): { body: Body; asked: number[] } {
  const asked: number[] = [];
  async function* chunks(from: number): AsyncGenerator<Buffer> {
    for (let at = from; at < mebibytes * MiB; at += MiB - (at % MiB)) {
      if (at >= heldAt) await new Promise(() => undefined);
      yield Buffer.alloc(MiB, `${id} ${Math.floor(at / MiB)};`).subarray(at % MiB);
    }
  }
  const open = async (from: number) => (asked.push(from), Readable.from(chunks(from), { objectMode: false }));
  return { asked, body: { id, bytes: mebibytes * MiB, open } };
}
