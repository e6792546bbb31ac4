import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack as tarPack, type Header } from 'tar-stream';
import { noControl } from '../../model/control';
import type { ArchivedFile, MetadataManifest } from '../../model/manifest';
import { unpackArchive } from '../../sets/archive';
import { everythingIn, temporaryFolder } from '../targets/folders';
import { digestsOf, manifestOf } from './fixture';

type Entry = Partial<Header> & { name: string; content?: string };

const good: Entry = { name: 'image', content: 'good' };

describe('a hostile archive', () => {
  it('would be taken if it were not hostile', async () => {
    const into = join(temporaryFolder(), 'files');
    await unpack([good], ['image'], into);
    expect(await everythingIn(into)).toEqual(['image']);
  });

  it.each<[string, Entry[]]>([
    ['a path out of the folder', [{ name: '../x', content: 'good' }]],
    ['a path out of the folder behind an innocent one', [{ name: 'image/../../x', content: 'good' }]],
    ['an absolute path', [{ name: '/tmp/x', content: 'good' }]],
    ['a symbolic link', [{ name: 'image', type: 'symlink', linkname: '/etc/passwd' }]],
    ['a symbolic link under a good file', [{ name: 'image', type: 'symlink', linkname: '/tmp' }, good]],
    ['a hard link', [{ name: 'image', type: 'link', linkname: '/etc/passwd' }]],
    ['a device', [{ name: 'image', type: 'character-device', devmajor: 1, devminor: 3 }]],
    ['a pipe', [{ name: 'image', type: 'fifo' }]],
    ['a folder', [{ name: 'image', type: 'directory' }]],
    ['a contiguous file', [{ name: 'image', type: 'contiguous-file', content: 'good' }]],
    ['the same file twice', [good, good]],
    ['a file that the manifest does not name', [good, { name: 'more', content: '' }]],
    ['a file in place of another', [{ name: 'imagf', content: 'good' }]],
    ['a file with other bytes', [{ name: 'image', content: 'evil' }]],
    ['a file with more bytes', [{ name: 'image', content: 'good and more' }]],
    ['no file', []],
  ])('with %s is refused', async (_what, entries) => {
    await expectRefused(entries, ['image']);
  });

  it.each(['../x', '/tmp/x', 'a/../../x', 'a\\..\\x', 'x\u0000', 'a//b', '.'])(
    'is refused even when the manifest names %j too',
    async (path) => expectRefused([{ name: path, content: 'good' }], [path]),
  );

  it('is refused when its files come in another order, or one is missing', async () => {
    const [a, b] = [
      { name: 'a', content: 'good' },
      { name: 'b', content: 'good' },
    ];
    await unpack([a, b], ['a', 'b'], temporaryFolder());
    await expectRefused([b, a], ['a', 'b']);
    await expectRefused([a], ['a', 'b']);
  });

  it('is refused at the header when a file claims a huge size', async () => {
    const tar = await tarOf([good]);
    claimSize(tar, 8 * 1024 ** 3 - 1);
    await expectCorrupt(gzipSync(tar), ['image'], /"image" has 8589934591 bytes instead of 4/);
  });

  it('is stopped when a gigabyte of zeros would come out of a megabyte', async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024));
    const bomb = Buffer.concat([gzipSync((await tarOf([good])).subarray(0, -1024)), ...Array(64).fill(member)]);
    expect(bomb.length).toBeLessThan(1_200_000);
    const before = process.memoryUsage().rss;
    await expectCorrupt(bomb, ['image'], /it unpacks to more than the manifest says/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  it('is stopped when headers without end come before its file', async () => {
    const tar = tarPack();
    for (let i = 0; i < 40; i += 1) tar.entry({ ...good, pax: { junk: 'x'.repeat(5000) } }, 'good');
    tar.finalize();
    const whole = await buffer(tar);
    const header = whole.subarray(0, 512 + 5120);
    const hidden = Buffer.concat([...Array<Buffer>(40).fill(header), await tarOf([good])]);
    await expectCorrupt(gzipSync(hidden), ['image'], /it unpacks to more than the manifest says/);
  });
});

async function expectRefused(entries: Entry[], names: string[]): Promise<void> {
  const around = temporaryFolder();
  await expect(unpack(entries, names, join(around, 'files'))).rejects.toMatchObject({ kind: 'corrupt' });
  expect(await everythingIn(around)).toEqual([]);
}

async function expectCorrupt(archive: Buffer, names: string[], message: RegExp): Promise<void> {
  const unpacking = unpackArchive(
    Readable.from([archive]),
    await manifestFor(archive, names),
    temporaryFolder(),
    noControl(),
  );
  await expect(unpacking).rejects.toThrow(message);
}

async function unpack(entries: Entry[], names: string[], into: string): Promise<void> {
  const archive = gzipSync(await tarOf(entries));
  await unpackArchive(Readable.from([archive]), await manifestFor(archive, names), into, noControl());
}

/** A manifest that fits the archive's own bytes and says of each file that it holds `good`. */
async function manifestFor(archive: Buffer, names: string[]): Promise<MetadataManifest> {
  const digests = await digestsOf(Readable.from([Buffer.from('good')]));
  const files: ArchivedFile[] = names.map((path) => ({ path, ...digests }));
  return manifestOf({ archive: await digestsOf(Readable.from([archive])), files });
}

async function tarOf(entries: Entry[]): Promise<Buffer> {
  const tar = tarPack();
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  return buffer(tar);
}

/** Writes another size into the first header, and the checksum that fits. */
function claimSize(tar: Buffer, bytes: number): void {
  tar.write(`${bytes.toString(8).padStart(11, '0')} `, 124, 'latin1');
  tar.write('        ', 148, 'latin1');
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
