import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noControl, type Control, type Progress } from '../../model/control';
import { packArchive } from '../../sets/archive';
import { temporaryFolder } from '../targets/folders';
import { randomFrom } from '../kit/seed';
import { digestsOf, fill, noise, pack, someFiles } from './fixture';

describe('an archive', () => {
  it('is opened by plain gzip and tar, without a warning, and holds exactly the files', async () => {
    const { path } = await pack({ ...someFiles, large: noise(3 * 1024 * 1024 + 17), 'a/b/c/ünï 漢字 🪨': 'x' });
    execFileSync('gzip', ['-t', path]);
    const out = temporaryFolder();
    expect(execFileSync('tar', ['xzf', path, '-C', out], { stdio: 'pipe', encoding: 'utf8' })).toBe('');
    expect((await readFile(join(out, 'large'))).equals(noise(3 * 1024 * 1024 + 17))).toBe(true);
    expect(await readFile(join(out, 'a/b/c/ünï 漢字 🪨'), 'utf8')).toBe('x');
    const listed = execFileSync('tar', ['tzf', path, '--quoting-style=literal'], { encoding: 'utf8' });
    expect(listed.trim().split('\n')).toHaveLength(6);
  });

  it('has names of any length', async () => {
    const long = `${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(250)}`;
    const { path, files } = await pack({ [long]: 'x' });
    expect(files[0]!.path).toBe(long);
    expect(execFileSync('tar', ['tzf', path], { encoding: 'utf8' })).toBe(`${long}\n`);
  });

  it('is described by its own digests and those of its files, sorted by path', async () => {
    const { path, archive, files, rawBytes } = await pack(someFiles);
    const bytes = await readFile(path);
    expect(archive).toEqual(await digestsOf(chunks(bytes)));
    expect(files.map((file) => file.path)).toEqual(Object.keys(someFiles).sort());
    for (const { path: name, ...digests } of files) {
      expect(digests).toEqual(await digestsOf(chunks(Buffer.from(someFiles[name]!))));
    }
    expect(rawBytes).toBe(files.reduce((sum, file) => sum + file.bytes, 0));
  });

  it('is in the order of whole paths, not of folder after folder', async () => {
    const { files } = await pack({ 'a/b': '', 'a-b': '', 'a.c': '', B: '' });
    expect(files.map((file) => file.path)).toEqual(['B', 'a-b', 'a.c', 'a/b']);
  });

  it('is the same for the same files, whenever and in whatever order they were written', async () => {
    const folder = await fill(temporaryFolder(), Object.fromEntries(Object.entries(someFiles).reverse()));
    await utimes(join(folder, 'VERSION'), 1, 1);
    const again = await packArchive(folder, join(temporaryFolder(), 'x.tar.gz'), noControl());
    expect(again).toEqual({ ...(await pack(someFiles)), path: undefined });
  });

  it('holds 1,000 small files', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f/${i % 10}/${i}`, `content ${i}`]));
    const { path, files } = await pack(many);
    expect(files).toHaveLength(1000);
    expect(execFileSync('tar', ['tzf', path], { encoding: 'utf8' }).trim().split('\n')).toHaveLength(1000);
  });

  it('keeps every size around the edges of blocks', async () => {
    const edges = [0, 1, 511, 512, 513, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 2 * 1024 * 1024];
    const { path } = await pack(Object.fromEntries(edges.map((bytes) => [`file${bytes}`, noise(bytes)])));
    const out = temporaryFolder();
    execFileSync('tar', ['xzf', path, '-C', out]);
    for (const bytes of edges) expect((await readFile(join(out, `file${bytes}`))).equals(noise(bytes))).toBe(true);
  });
});

describe('packing', () => {
  it('reports how far it is, up to the end', async () => {
    const reports: Progress[] = [];
    const folder = await fill(temporaryFolder(), { a: noise(2_500_000), b: 'b' });
    const control = { ...noControl(), report: (progress: Progress) => void reports.push(progress) };
    await packArchive(folder, join(temporaryFolder(), 'x'), control);
    const totals = { totalBytes: 2_500_001, totalFiles: 2 };
    expect(reports.at(-1)).toEqual({ bytes: 2_500_001, files: 2, ...totals });
    expect(reports[0]).toEqual({ bytes: 1024 * 1024, files: 0, ...totals });
  });

  it('stops when it is told to, and leaves nothing', async () => {
    const folder = await fill(temporaryFolder(), { a: noise(2_500_000), b: noise(2_500_000) });
    const out = temporaryFolder();
    await expect(packArchive(folder, join(out, 'x'), stoppedAt(1))).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await readdir(out)).toEqual([]);
  });

  it('stops in the midst of a file', async () => {
    const folder = await fill(temporaryFolder(), { a: noise(8_000_000) });
    const stop = new AbortController();
    let reports = 0;
    const control = { signal: stop.signal, resume: undefined, report: () => void ((reports += 1), stop.abort()) };
    await expect(packArchive(folder, join(temporaryFolder(), 'x'), control)).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(reports).toBe(1);
  });

  it('says which file cannot be read', async () => {
    const folder = await fill(temporaryFolder(), { a: noise(1_500_000), b: 'b' });
    let isRemoved = false;
    const report = () => {
      if (!isRemoved) rmSync(join(folder, 'b'));
      isRemoved = true;
    };
    const packing = packArchive(folder, join(temporaryFolder(), 'x'), { ...noControl(), report });
    await expect(packing).rejects.toMatchObject({ code: 'ENOENT', path: join(folder, 'b') });
  });

  it('replaces what an attempt left that was killed', async () => {
    const out = join(temporaryFolder(), 'x.tar.gz');
    await writeFile(`${out}.part`, 'half');
    await writeFile(out, 'older');
    const folder = await fill(temporaryFolder(), someFiles);
    const { archive } = await packArchive(folder, out, noControl());
    expect((await stat(out)).size).toBe(archive.bytes);
    expect(await packArchive(folder, out, noControl())).toMatchObject({ archive });
    expect(await readdir(join(out, '..'))).toEqual(['x.tar.gz']);
  });

  it('keeps the archive for itself', async () => {
    const { path } = await pack(someFiles);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('finds nothing to pack in an empty folder', async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, 'empty'));
    await expect(packArchive(folder, join(temporaryFolder(), 'x'), noControl())).rejects.toMatchObject({
      kind: 'missing',
    });
  });

  it('refuses what it could only lose: links and pipes', async () => {
    const [link, pipe] = [temporaryFolder(), temporaryFolder()];
    await symlink('/etc/passwd', join(link, 'link'));
    execFileSync('mkfifo', [join(pipe, 'pipe')]);
    for (const folder of [link, pipe]) {
      const packing = packArchive(folder, join(temporaryFolder(), 'x'), noControl());
      await expect(packing).rejects.toMatchObject({ kind: 'unsupported' });
    }
  });

  it.each([Buffer.from('new\nline'), Buffer.from([0x61, 0xff]), Buffer.from('back\\slash')])(
    'refuses a name that could not be restored: %j',
    async (name) => {
      const folder = temporaryFolder();
      await writeFile(Buffer.concat([Buffer.from(`${folder}/`), name]), 'x');
      const packing = packArchive(folder, join(temporaryFolder(), 'x'), noControl());
      await expect(packing).rejects.toMatchObject({ kind: 'unsupported' });
    },
  );

  it.each([
    ['grows', (path: string) => appendFileSync(path, 'more')],
    ['shrinks', (path: string) => truncateSync(path, 10)],
  ])('notices a file that %s meanwhile', async (_how, change) => {
    const folder = await fill(temporaryFolder(), { a: noise(1_500_000), b: noise(3_000_000) });
    let isChanged = false;
    const report = () => {
      if (!isChanged) change(join(folder, 'b'));
      isChanged = true;
    };
    const packing = packArchive(folder, join(temporaryFolder(), 'x'), { ...noControl(), report });
    await expect(packing).rejects.toMatchObject({ kind: 'conflict', what: 'the file b changed while it was packed' });
  });

  it('says so when the disk is full', async () => {
    const folder = await fill(temporaryFolder(), { a: noise(10) });
    const unfinished = join(temporaryFolder(), 'x');
    await symlink('/dev/full', `${unfinished}.part`);
    await expect(packArchive(folder, unfinished, noControl())).rejects.toMatchObject({ kind: 'full' });
  });
});

describe('any tree of files', () => {
  it('comes out of plain tar as it went in', async () => {
    const random = randomFrom(5);
    for (let round = 0; round < 10; round += 1) {
      const count = 1 + Math.floor(random() * 20);
      const some = Array.from({ length: count }, (_, i) => [`d${i % 3}/f${i}`, noise(Math.floor(random() * 70_000))]);
      const { path } = await pack(Object.fromEntries(some) as Record<string, Buffer>);
      const [want, got] = [await fill(temporaryFolder(), Object.fromEntries(some)), temporaryFolder()];
      execFileSync('tar', ['xzf', path, '-C', got]);
      execFileSync('diff', ['-r', want, got]);
    }
  });
});

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Aborts at the nth report. */
function stoppedAt(report: number): Control {
  const stop = new AbortController();
  let left = report;
  return { signal: stop.signal, resume: undefined, report: () => ((left -= 1) === 0 ? stop.abort() : undefined) };
}
