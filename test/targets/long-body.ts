import { Readable } from 'node:stream';
import type { Body } from '../../model/target';

export const MiB = 1024 * 1024;

/** A body of so many MiB that is different everywhere and costs nothing; `asked` tells from where it was asked for. */
export function longBody(id: string, mebibytes: number): { body: Body; asked: number[] } {
  const asked: number[] = [];
  function* chunks(from: number): Generator<Buffer> {
    for (let at = from; at < mebibytes * MiB; at += MiB - (at % MiB))
      yield Buffer.alloc(MiB, `${id} ${Math.floor(at / MiB)};`).subarray(at % MiB);
  }
  const open = async (from: number) => (asked.push(from), Readable.from(chunks(from), { objectMode: false }));
  return { asked, body: { id, bytes: mebibytes * MiB, open } };
}
