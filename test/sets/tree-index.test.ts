import { createHash } from 'node:crypto';
import { readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { IndexSegment } from '../../model/manifest';
import { comparePaths } from '../../model/tree';
import { formatLine, maxSegmentText, unpackSegment } from '../../sets/index-segment';
import { readSpooledIndex, readStoredIndex, writeIndex, type IndexLine } from '../../sets/tree-index';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { temporaryFolder } from '../targets/folders';
import { all, linesOf, manyLines } from './data-fixture';
import { mutationsOf } from './mutations';

const root: IndexLine = {
  path: '',
  type: 'directory',
  bytes: 0,
  modified: 1,
  owner: 'hdfs',
  group: 'supergroup',
  permission: '1777',
  hasAcl: true,
};

const file: IndexLine = {
  ...{ path: 'file', type: 'file', bytes: 7, modified: 2, owner: 'a', group: 'b', permission: '640' },
  ...{ replication: 3, blockSize: 1024, checksum: { algorithm: 'MD5-of-0MD5-of-512CRC32C', value: 'ab'.repeat(28) } },
};

describe('the index of a tree', () => {
  it('says again what was written, and what it counted', async () => {
    const folder = temporaryFolder();
    const lines = [root, { ...root, path: 'a' }, file, { ...file, path: 'z', bytes: 1 }];
    const { index, ...counts } = await writeIndex(linesOf(lines), folder);
    expect(counts).toEqual({ files: 2, directories: 2, bytes: 8 });
    expect(await all(readSpooledIndex(folder, index))).toEqual(lines);
  });

  it('is made of files that are named by the SHA-256 of their bytes, and nothing else', async () => {
    const folder = temporaryFolder();
    const { index } = await writeIndex(manyLines(30_000), folder);
    expect((await readdir(folder)).sort()).toEqual(index.map(({ sha256 }) => sha256).sort());
    for (const { sha256, bytes } of index) {
      const content = await readFile(join(folder, sha256));
      expect([createHash('sha256').update(content).digest('hex'), content.length]).toEqual([sha256, bytes]);
    }
  });

  it('keeps any name that a file can have, in its order', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom(
        '.hidden',
        '..x',
        ' ',
        '\n',
        '\u2028',
        '\u0000',
        '"',
        '\\',
        '😀',
        '\uffee',
        '\ufeff',
        '__proto__',
      ),
    );
    const fits = (part: string) => part !== '.' && part !== '..' && !part.includes('/');
    const paths = fc.uniqueArray(fc.array(name.filter(fits), { minLength: 1, maxLength: 3 }).map((p) => p.join('/')));
    await fc.assert(
      fc.asyncProperty(paths, async (some) => {
        const lines = [root, ...some.sort(comparePaths).map((path) => ({ ...file, path }))];
        const folder = temporaryFolder();
        const { index } = await writeIndex(linesOf(lines), folder);
        expect(await all(readSpooledIndex(folder, index))).toEqual(lines);
      }),
      { numRuns: 50 },
    );
  });

  it('of an empty tree is one line, and of nothing has no segment', async () => {
    const folder = temporaryFolder();
    expect(await writeIndex(linesOf([root]), folder)).toMatchObject({ directories: 1, index: [{ lines: 1 }] });
    expect(await writeIndex(linesOf([]), folder)).toEqual({ files: 0, directories: 0, bytes: 0, index: [] });
    expect(await all(readSpooledIndex(folder, []))).toEqual([]);
  });

  it('is the same for the same tree, whatever the order of fields was', async () => {
    const reversed = (line: IndexLine) => Object.fromEntries(Object.entries(line).reverse()) as unknown as IndexLine;
    const one = await writeIndex(linesOf([root, file]), temporaryFolder());
    expect(await writeIndex(linesOf([root, file].map(reversed)), temporaryFolder())).toEqual(one);
  });

  it('of 100,000 files shares nearly all of its segments with that of one file less, wherever it was', async () => {
    const { index } = await writeIndex(manyLines(100_000), temporaryFolder());
    expect(index.length).toBeGreaterThan(5);
    expect(Math.max(...index.map(({ lines }) => lines))).toBeLessThanOrEqual(20_000);
    const known = new Set(index.map(({ sha256 }) => sha256));
    for (const skipped of [51_234]) {
      const changed = await writeIndex(manyLines(100_000, skipped), temporaryFolder());
      expect(changed.files).toBe(99_999);
      const fresh = changed.index.filter(({ sha256 }) => !known.has(sha256)).length;
      expect([1, 2]).toContain(fresh);
    }
  });

  it('cuts a segment of long names before it is too large for memory', async () => {
    const long = (n: number) =>
      Array.from({ length: 31 }, () => 'x'.repeat(250)).join('/') + String(n).padStart(6, '0');
    const lines = Array.from({ length: 4000 }, (_, n) => ({ ...file, path: long(n) }));
    const { index } = await writeIndex(linesOf(lines), temporaryFolder());
    for (const { lines: count } of index) expect(count * 7800).toBeLessThan(maxSegmentText + 10_000);
    expect(index.length).toBeGreaterThan(1);
  });

  it('replaces what an attempt left that was killed', async () => {
    const folder = temporaryFolder();
    await writeFile(join(folder, 'segment.part'), 'half');
    const { index } = await writeIndex(linesOf([root, file]), folder);
    expect(await writeIndex(linesOf([root, file]), folder)).toMatchObject({ index });
    expect(await readdir(folder)).toEqual(index.map(({ sha256 }) => sha256));
  });

  it.each([
    ['twice the same', [root, file, file]],
    ['a file before its directory', [root, { ...file, path: 'a/b' }, { ...root, path: 'a' }]],
    ['siblings out of order', [root, { ...file, path: 'b' }, { ...file, path: 'a' }]],
    ['the root at the end', [file, root]],
    ['code units for code points', [root, { ...file, path: '😀' }, { ...file, path: '\uffee' }]],
  ])('is not written of a tree in another order: %s', async (_what, lines) => {
    await expect(writeIndex(linesOf(lines), temporaryFolder())).rejects.toMatchObject({
      kind: 'invalid',
      what: expect.stringContaining('out of order'),
    });
  });

  it('is not written when it could not be read', async () => {
    for (const wrong of [{ path: '../x' }, { path: 'a//b' }, { bytes: -1 }, { permission: 'rwx' }, { owner: '' }])
      await expect(writeIndex(linesOf([{ ...file, ...wrong }]), temporaryFolder())).rejects.toMatchObject({
        kind: 'invalid',
      });
  });

  it('says so when the disk is full', async () => {
    const folder = temporaryFolder();
    await symlink('/dev/full', join(folder, 'segment.part'));
    await expect(writeIndex(linesOf([root]), folder)).rejects.toMatchObject({ kind: 'full' });
  });

  it('ends with the error of whoever lists the tree', async () => {
    async function* failing(): AsyncGenerator<IndexLine> {
      yield root;
      throw new Error('line cut');
    }
    await expect(writeIndex(failing(), temporaryFolder())).rejects.toThrow('line cut');
  });
});

describe('a damaged index', () => {
  it('is noticed in 300 mutations of its bytes, before any line of it is believed', async () => {
    const { folder, index, content } = await oneSegment();
    for (const { bytes } of mutationsOf(content, 300, 6)) {
      await writeFile(join(folder, index[0]!.sha256), bytes);
      const reading = readSpooledIndex(folder, index);
      await expect(reading.next()).rejects.toMatchObject({ kind: 'corrupt' });
    }
  });

  it('is noticed when a segment is gone, from the spool and from the target', async () => {
    const { folder, index } = await oneSegment();
    await rm(join(folder, index[0]!.sha256));
    await expect(all(readSpooledIndex(folder, index))).rejects.toMatchObject({ kind: 'corrupt' });
    const target = createMemoryTarget();
    await expect(all(readStoredIndex(target, (sha256) => sha256, index))).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('is noticed when its segments are in another order, twice there or left out at the wrong number', async () => {
    const folder = temporaryFolder();
    const { index } = await writeIndex(manyLines(30_000), folder);
    for (const wrong of [[...index].reverse(), [index[0]!, index[0]!], [{ ...index[0]!, lines: 7 }]])
      await expect(all(readSpooledIndex(folder, wrong))).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('on a target that gives more bytes than it should is not read to its end', async () => {
    const { index, content } = await oneSegment();
    const objects: Objects = new Map([['segment', Buffer.concat([content, Buffer.alloc(1000)])]]);
    const reading = all(readStoredIndex(createMemoryTarget(objects), () => 'segment', index));
    await expect(reading).rejects.toMatchObject({ kind: 'corrupt', what: expect.stringContaining('or more') });
  });
});

describe('a hostile index, whose digests fit', () => {
  it.each([
    ['is not compressed', Buffer.from('{}\n')],
    ['is not JSON', gzipSync('nothing\n')],
    ['is not lines of objects', gzipSync('[1]\n')],
    ['is cut off in a line', gzipSync(formatLine(file).slice(0, -1))],
    ['is not UTF-8', gzipSync(Buffer.from([0x22, 0xff, 0x22, 0x0a]))],
    ['has unknown fields', gzipSync(`${JSON.stringify({ ...file, extra: 1 })}\n`)],
    ['leads out of the tree', gzipSync(`${JSON.stringify({ ...file, path: 'a/../../b' })}\n`)],
    ['has a path from the root', gzipSync(`${JSON.stringify({ ...file, path: '/etc/passwd' })}\n`)],
    ['has a directory with bytes', gzipSync(`${JSON.stringify({ ...root, bytes: 5 })}\n`)],
    ['lacks a field', gzipSync(`${JSON.stringify({ ...file, owner: undefined })}\n`)],
    ['is empty', gzipSync('')],
    ['unpacks to more than any segment', gzipSync(Buffer.alloc(80 * 1024 * 1024))],
  ])('is corrupt when it %s', async (_what, content) => {
    await expect(all(unpackSegment(segmentOf(content, 1), content))).rejects.toMatchObject({ kind: 'corrupt' });
  });

  it('is corrupt when its lines are out of order', async () => {
    const folder = temporaryFolder();
    const content = gzipSync(
      [
        { ...file, path: 'b' },
        { ...file, path: 'a' },
      ]
        .map((line) => formatLine(line))
        .join(''),
    );
    await writeFile(join(folder, segmentOf(content, 2).sha256), content);
    await expect(all(readSpooledIndex(folder, [segmentOf(content, 2)]))).rejects.toMatchObject({
      kind: 'corrupt',
      what: expect.stringContaining('out of order'),
    });
  });
});

function segmentOf(content: Buffer, lines: number): IndexSegment {
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length, lines };
}

async function oneSegment() {
  const folder = temporaryFolder();
  const { index } = await writeIndex(linesOf([root, file]), folder);
  return { folder, index, content: await readFile(join(folder, index[0]!.sha256)) };
}
