import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createDigester, difference, differenceIn } from '../../sets/digests';
import { digestsOf, noise } from './fixture';

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
