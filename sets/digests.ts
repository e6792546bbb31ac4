import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import type { Digests } from '../model/manifest';

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

/**
 * How all bytes of a stream differ from their digests, in words; undefined when they do not. What the stream throws is
 * thrown. Equal SHA-256 means equal CRC32C, which is not computed: it would take half as long again.
 */
export async function differenceIn(chunks: AsyncIterable<Uint8Array>, expected: Digests): Promise<string | undefined> {
  const sha256 = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    sha256.update(chunk);
  }
  return difference(expected, { ...expected, bytes, sha256: sha256.digest('hex') });
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
