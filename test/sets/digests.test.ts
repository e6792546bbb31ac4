import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { crc32c } from '@node-rs/crc32';
import {
  type ArchiveDigester,
  createArchiveDigester,
  createDigester,
  difference,
  differenceIn,
} from '../../sets/digests';
import { digestsOf, noise } from './fixture';

const threads: Worker[] = [];
jest.mock('node:worker_threads', () => {
  const real = jest.requireActual<typeof import('node:worker_threads')>('node:worker_threads');
  class Watched extends real.Worker {
    constructor(...args: ConstructorParameters<typeof real.Worker>) {
      super(...args);
      threads.push(this);
    }
  }
  return { ...real, Worker: Watched };
});

describe('digests of much, on another thread', () => {
  const MiB = 1024 * 1024;
  const bytes = noise(20 * MiB);
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  /** Cut at odd places; each chunk is changed as soon as it was taken. */
  async function digest(digester: ArchiveDigester, chunkBytes: number): Promise<string> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
      await digester.update(chunk);
      chunk.fill(0);
    }
    const { bytes: counted, crc32c, sha256: found } = await digester.digests();
    expect({ counted, crc32c }).toEqual({ counted: bytes.length, crc32c: crcOf(bytes) });
    return found;
  }

  it('are the same, for several at once, on one thread, which ends with the last', async () => {
    const ended: Promise<unknown>[] = [];
    const found = [65_537, 1024, 3 * MiB + 1].map(async (chunkBytes) => {
      using digester = createArchiveDigester(bytes.length);
      ended.push(once(threads.at(-1)!, 'exit'));
      return await digest(digester, chunkBytes);
    });
    expect(await Promise.all(found)).toEqual([sha256, sha256, sha256]);
    expect(threads).toHaveLength(1);
    await Promise.all(ended);
  });

  it('are not made on one for little', async () => {
    const before = threads.length;
    using digester = createArchiveDigester(MiB);
    expect(await digest(digester, MiB)).toBe(sha256);
    expect(threads).toHaveLength(before);
  });

  it('tell how a stream differs from what it should be', async () => {
    const good = { bytes: bytes.length, crc32c: crcOf(bytes), sha256 };
    const found = (end: Buffer) => differenceIn(Readable.from([bytes.subarray(0, -1), end]), good);
    expect(await found(bytes.subarray(-1))).toBeUndefined();
    expect(await found(Buffer.from([bytes.at(-1)! ^ 1]))).toMatch(/^its SHA-256 is [0-9a-f]{64} instead of /);
    expect(await found(Buffer.alloc(0))).toBe(`it has ${bytes.length - 1} bytes instead of ${bytes.length}`);
  });

  it('fail when the thread ends, and the next are made on a new one', async () => {
    using cut = createArchiveDigester(bytes.length);
    await cut.update(bytes.subarray(0, MiB));
    await threads.at(-1)!.terminate();
    await expect(digest(cut, MiB)).rejects.toThrow('the thread that hashes ended');
    using next = createArchiveDigester(bytes.length);
    expect(await digest(next, MiB)).toBe(sha256);
  });
});

function crcOf(bytes: Buffer): string {
  return crc32c(bytes).toString(16).padStart(8, '0');
}

describe('digests', () => {
  it('are those of the published test vectors', async () => {
    expect(await digestsOf(Readable.from([Buffer.from('123456789')]))).toEqual({
      bytes: 9,
      crc32c: 'e3069283',
      sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
    });
  });

  it('keep the zeros in front of a small CRC', () => {
    expect(createDigester().digests().crc32c).toBe('00000000');
  });

  it('do not depend on how the bytes are cut', async () => {
    const bytes = noise(10_000);
    const whole = await digestsOf(Readable.from([bytes]));
    const cut = await digestsOf(Readable.from([bytes.subarray(0, 1), bytes.subarray(1, 7000), bytes.subarray(7000)]));
    expect(cut).toEqual(whole);
    expect(whole.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('throw what the stream throws', async () => {
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('a');
        throw new Error('line cut');
      })(),
    );
    await expect(differenceIn(failing, await digestsOf(Readable.from([])))).rejects.toThrow('line cut');
  });

  it('tell how a stream differs from what it should be', async () => {
    const good = await digestsOf(Readable.from([Buffer.from('stones')]));
    const found = (text: string) => differenceIn(Readable.from([Buffer.from(text)]), good);
    expect(await found('stones')).toBeUndefined();
    expect(await found('stone')).toBe('it has 5 bytes instead of 6');
    expect(await found('stonez')).toMatch(/^its SHA-256 is [0-9a-f]{64} instead of /);
  });

  it('are compared in words', () => {
    const one = { bytes: 1, crc32c: '00000001', sha256: 'a' };
    expect(difference(one, one)).toBeUndefined();
    expect(difference(one, { ...one, bytes: 2 })).toBe('it has 2 bytes instead of 1');
    expect(difference(one, { ...one, crc32c: '00000002' })).toBe('its CRC32C is 00000002 instead of 00000001');
    expect(difference(one, { ...one, sha256: 'b' })).toBe('its SHA-256 is b instead of a');
  });
});
