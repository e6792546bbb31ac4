import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, makeFolder, sha256OfFile } from '../../embedded/cache';

const scratch = mkdtempSync(join(tmpdir(), 'cairn-cache-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('the folder of the cache', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  test('is what CAIRN_CACHE says', () => {
    process.env['CAIRN_CACHE'] = '/some/where';
    expect(cacheFolder()).toBe('/some/where');
  });

  test('lies in the cache folder of the desktop, and else in ~/.cache', () => {
    delete process.env['CAIRN_CACHE'];
    process.env['XDG_CACHE_HOME'] = '/xdg';
    expect(cacheFolder()).toBe('/xdg/cairn');
    delete process.env['XDG_CACHE_HOME'];
    expect(cacheFolder()).toMatch(/\/\.cache\/cairn$/);
  });
});

test('the SHA-256 of a file is that of its bytes', async () => {
  const file = join(scratch, 'abc');
  writeFileSync(file, 'abc');
  expect(await sha256OfFile(file)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

describe('a folder that is made', () => {
  test('is not there until it is whole', async () => {
    const folder = join(scratch, 'whole');
    await makeFolder(folder, async (part) => {
      writeFileSync(join(part, 'file'), 'text');
      expect(existsSync(folder)).toBe(false);
    });
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('text');
  });

  test('does not appear when its making fails, and leaves nothing behind', async () => {
    const making = makeFolder(join(scratch, 'failed'), async () => Promise.reject(new Error('no network')));
    await expect(making).rejects.toThrow('no network');
    expect(readdirSync(scratch).filter((name) => name.startsWith('failed'))).toEqual([]);
  });

  test('is made once when two make it at the same time', async () => {
    const folder = join(scratch, 'twice');
    const make = (text: string) => makeFolder(folder, async (part) => writeFileSync(join(part, 'file'), text));
    await Promise.all([make('one'), make('two')]);
    expect(['one', 'two']).toContain(readFileSync(join(folder, 'file'), 'utf8'));
    expect(readdirSync(scratch).filter((name) => name.startsWith('twice'))).toEqual(['twice']);
  });

  test('takes away what a killed process has left half done, but not what a living one is making', async () => {
    const [dead, living] = [join(scratch, 'left.part-4194300-x'), join(scratch, `left.part-${process.ppid}-x`)];
    [dead, living].forEach((folder) => mkdirSync(folder));
    await makeFolder(join(scratch, 'left'), async () => {});
    expect([existsSync(dead), existsSync(living)]).toEqual([false, true]);
  });
});
