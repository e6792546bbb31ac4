import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { noControl, type Progress } from '../../model/control';
import { BackupError } from '../../model/errors';
import { unpackArchive } from '../../sets/archive';
import { everythingIn, temporaryFolder } from '../targets/folders';
import { digestsOf, manifestOf, noise, pack, someFiles } from './fixture';
import { mutationsOf } from './mutations';

/** What someFiles are below a folder, with the folders between. */
const unpacked = ['VERSION', 'conf', 'conf/empty', 'fsimage_0000000000000000042', 'fsimage_0000000000000000042.md5'];

describe('unpacking', () => {
  it('gives back the files as they were, readable by the owner alone', async () => {
    const into = join(temporaryFolder(), 'files');
    const packed = await pack(someFiles);
    await unpackArchive(createReadStream(packed.path), manifestOf(packed), into, noControl());
    expect(await everythingIn(into)).toEqual(unpacked);
    for (const [path, content] of Object.entries(someFiles)) {
      expect((await readFile(join(into, path))).equals(Buffer.from(content))).toBe(true);
      expect((await stat(join(into, path))).mode & 0o777).toBe(0o600);
    }
  });

  it('replaces whatever an older attempt left', async () => {
    const into = join(temporaryFolder(), 'files');
    await mkdir(join(into, 'VERSION'), { recursive: true });
    await writeFile(join(into, 'VERSION/old'), 'old');
    const packed = await pack(someFiles);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await unpackArchive(createReadStream(packed.path), manifestOf(packed), into, noControl());
      expect(await everythingIn(into)).toEqual(unpacked);
    }
  });

  it('does not care how the bytes arrive', async () => {
    const packed = await pack(someFiles);
    for (const highWaterMark of [13, 512, 100_000]) {
      const archive = createReadStream(packed.path, { highWaterMark });
      const into = join(temporaryFolder(), 'files');
      await unpackArchive(archive, manifestOf(packed), into, noControl());
      expect(await everythingIn(into)).toEqual(unpacked);
    }
  });

  it('opens 1,000 small files, unicode names and an empty file', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`ünï/${i % 10}/漢${i}`, 'x'.repeat(i % 9)]),
    );
    const packed = await pack(many);
    const into = temporaryFolder();
    const reports: Progress[] = [];
    const control = { ...noControl(), report: (progress: Progress) => void reports.push(progress) };
    await unpackArchive(createReadStream(packed.path), manifestOf(packed), into, control);
    expect(await readFile(join(into, 'ünï/7/漢17'), 'utf8')).toBe('x'.repeat(8));
    const all = { bytes: packed.rawBytes, totalBytes: packed.rawBytes, files: 1000, totalFiles: 1000 };
    expect(reports.at(-1)).toEqual(all);
  });

  it('stops when it is told to, and leaves nothing', async () => {
    const packed = await pack({ a: noise(2_000_000), b: noise(2_000_000) });
    const stop = new AbortController();
    const into = join(temporaryFolder(), 'files');
    const control = { signal: stop.signal, resume: undefined, report: () => stop.abort() };
    const unpacking = unpackArchive(createReadStream(packed.path), manifestOf(packed), into, control);
    await expect(unpacking).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await everythingIn(join(into, '..'))).toEqual([]);
  });

  it('passes on what the target throws midway, because another attempt may help', async () => {
    const packed = await pack(someFiles);
    const bytes = await readFile(packed.path);
    const failing = Readable.from(
      (async function* () {
        yield bytes.subarray(0, 70_000);
        throw new BackupError('unavailable', 'the line was cut');
      })(),
    );
    const into = join(temporaryFolder(), 'files');
    const unpacking = unpackArchive(failing, manifestOf(packed), into, noControl());
    await expect(unpacking).rejects.toMatchObject({ kind: 'unavailable', what: 'the line was cut' });
    expect(await everythingIn(join(into, '..'))).toEqual([]);
  });
});

describe('a damaged archive', () => {
  it('is never unpacked as good, in 500 mutations of its bytes', async () => {
    const packed = await pack(someFiles);
    const into = join(temporaryFolder(), 'files');
    for (const { name, bytes } of mutationsOf(await readFile(packed.path), 500, 2)) {
      const outcome = await unpackArchive(Readable.from([bytes]), manifestOf(packed), into, noControl()).then(
        () => 'good',
        kindOf,
      );
      expect(`${name}: ${outcome}`).toBe(`${name}: corrupt`);
    }
    expect(await everythingIn(join(into, '..'))).toEqual([]);
  });

  it('is noticed by its files even when the digest of the archive was made to fit', async () => {
    const packed = await pack(someFiles);
    const into = join(temporaryFolder(), 'files');
    let noticed = 0;
    for (const { bytes } of mutationsOf(await readFile(packed.path), 500, 3)) {
      const archive = await digestsOf(Readable.from([bytes]));
      const unpacking = unpackArchive(Readable.from([bytes]), manifestOf({ ...packed, archive }), into, noControl());
      const outcome = await unpacking.then(() => readAll(into), kindOf);
      if (outcome === 'corrupt') noticed += 1;
      else expect(outcome).toEqual(Object.values(someFiles).map((content) => Buffer.from(content).toString('hex')));
    }
    expect(noticed).toBeGreaterThan(480);
  });

  it('is noticed when it was only written in another way, with the same files in it', async () => {
    const packed = await pack(someFiles);
    const otherTime = await readFile(packed.path);
    otherTime[4]! ^= 1;
    for (const bytes of [otherTime, gzipSync(gunzipSync(otherTime))]) {
      const unpacking = unpackArchive(Readable.from([bytes]), manifestOf(packed), temporaryFolder(), noControl());
      await expect(unpacking).rejects.toMatchObject({ kind: 'corrupt' });
    }
  });

  it('is named with its set, file, and what was expected and found', async () => {
    const packed = await pack({ image: 'right' });
    const { archive } = packed;
    const wrong = manifestOf({ archive, files: [{ ...packed.files[0]!, crc32c: '00000000' }] });
    const unpacking = unpackArchive(createReadStream(packed.path), wrong, temporaryFolder(), noControl());
    await expect(unpacking).rejects.toThrow(
      /^the archive of the set nightly_1_20240101000000\/\S+_20240301120000 is damaged: the file "image" is damaged: its CRC32C is [0-9a-f]{8} instead of 00000000 HINT: restore from another set/,
    );
  });

  it.each([
    ['zeros', Buffer.alloc(3000)],
    ['noise', noise(3000)],
    ['another archive', gzipSync(noise(3000))],
    ['an empty member and a letter', Buffer.concat([gzipSync(''), Buffer.from('x')])],
  ])('is noticed when %s follow its end, also when the manifest says so', async (_what, garbage) => {
    const packed = await pack(someFiles);
    const bytes = await readFile(packed.path);
    for (const chunks of [[Buffer.concat([bytes, garbage])], [bytes, garbage]]) {
      const archive = await digestsOf(Readable.from(chunks));
      const manifest = manifestOf({ ...packed, archive });
      const unpacking = unpackArchive(Readable.from(chunks), manifest, temporaryFolder(), noControl());
      await expect(unpacking).rejects.toMatchObject({ kind: 'corrupt' });
    }
  });

  it('is noticed when it is empty', async () => {
    const unpacking = unpackArchive(
      Readable.from([]),
      manifestOf(await pack(someFiles)),
      temporaryFolder(),
      noControl(),
    );
    await expect(unpacking).rejects.toMatchObject({ kind: 'corrupt' });
  });
});

async function readAll(folder: string): Promise<string[]> {
  return Promise.all(Object.keys(someFiles).map((path) => readFile(join(folder, path), 'hex')));
}

function kindOf(error: unknown): string {
  return error instanceof BackupError ? error.kind : String(error);
}
