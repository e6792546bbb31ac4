import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import type { Digests } from '../model/manifest';
import { type HashBeside, hashBeside } from './hash-beside';

/** Counts and hashes bytes as they come: size, CRC32C and SHA-256, as a manifest has them. */
export interface Digester {
  /** A MiB takes one or two milliseconds, so chunks of that size do not hold up the event loop. */
  update(chunk: Uint8Array): void;
  readonly bytes: number;
  /** May be asked once, at the end. */
  digests(): Digests;
}

export function createDigester(): Digester {
  const sha256 = createHash('sha256');
  let [bytes, crc] = [0, 0];
  return {
    get bytes() {
      return bytes;
    },
    update(chunk) {
      bytes += chunk.length;
      crc = crc32c(chunk, crc);
      sha256.update(chunk);
    },
    digests: () => ({ bytes, crc32c: hex(crc), sha256: sha256.digest('hex') }),
  };
}

/** The same for much: while it hashes on another thread, this one goes on. */
export interface ArchiveDigester extends Disposable {
  /** Waits until the bytes are taken over. One call at a time. */
  update(chunk: Uint8Array): Promise<void>;
  /** May be asked once, at the end. */
  digests(): Promise<Digests>;
}

/** `about` how many bytes will come: for few, another thread is not worth its start. */
export function createArchiveDigester(about: number): ArchiveDigester {
  const sha256 = sha256Of(about);
  let [bytes, crc] = [0, 0];
  return {
    async update(chunk) {
      bytes += chunk.length;
      crc = crc32c(chunk, crc);
      await sha256.update(chunk);
    },
    digests: async () => ({ bytes, crc32c: hex(crc), sha256: await sha256.digest() }),
    [Symbol.dispose]: () => sha256[Symbol.dispose](),
  };
}

/**
 * How all bytes of a stream differ from their digests, in words; undefined when they do not. What the stream throws is
 * thrown. Equal SHA-256 means equal CRC32C, which is not computed: it would take half as long again.
 */
export async function differenceIn(chunks: AsyncIterable<Uint8Array>, expected: Digests): Promise<string | undefined> {
  using sha256 = sha256Of(expected.bytes);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    await sha256.update(chunk);
  }
  return difference(expected, { ...expected, bytes, sha256: await sha256.digest() });
}

/** That takes some 10 ms here. */
const littleBytes = 16 * 1024 * 1024;

function sha256Of(about: number): HashBeside {
  if (about > littleBytes) return hashBeside();
  const sha256 = createHash('sha256');
  return {
    update: async (chunk) => void sha256.update(chunk),
    digest: async () => sha256.digest('hex'),
    [Symbol.dispose]: () => undefined,
  };
}

/** What differs, in words; undefined when nothing does. */
export function difference(expected: Digests, found: Digests): string | undefined {
  if (expected.bytes !== found.bytes) return `it has ${found.bytes} bytes instead of ${expected.bytes}`;
  if (expected.crc32c !== found.crc32c) return `its CRC32C is ${found.crc32c} instead of ${expected.crc32c}`;
  if (expected.sha256 !== found.sha256) return `its SHA-256 is ${found.sha256} instead of ${expected.sha256}`;
  return undefined;
}

function hex(crc: number): string {
  return (crc >>> 0).toString(16).padStart(8, '0');
}
