import type { Readable, Writable } from 'node:stream';
import { extract, pack } from 'tar-stream';

/** What cairn uses of tar-stream. Its streams are streamx's, which Node's `pipeline` takes but Node's types do not. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  /** 'file' for a regular one; null for kinds that the library does not know. */
  readonly type: string | null;
}

export interface TarWriter extends Readable {
  entry(header: TarHeader & { mode: number; uid: number; gid: number; mtime: Date }): Writable;
  finalize(): void;
}

export interface TarEntry extends AsyncIterable<Buffer> {
  readonly header: TarHeader;
}

/** Takes a tar, gives its entries; each must be read to its end before the next one comes. */
export type TarReader = Writable & AsyncIterable<TarEntry>;

export const createTarWriter = pack as unknown as () => TarWriter;
export const createTarReader = extract as unknown as () => TarReader;
