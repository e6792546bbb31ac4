import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSpool, type SpoolKey } from '../../sets/spool';
import { temporaryFolder } from '../targets/folders';

const key: SpoolKey = { cluster: '1', label: '20240301120000', source: 'nameNode', part: '' };

describe('a spool', () => {
  it('has a folder for each part of a run, which only its owner can read', async () => {
    const root = join(temporaryFolder(), 'spool');
    const folder = await openSpool(root).folderFor({ ...key, part: 'ns-2' });
    expect(folder).toBe(join(root, '1/20240301120000/nameNode-ns-2'));
    for (const path of [folder, join(folder, '..'), root]) expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('gives another attempt the same folder, with what is in it', async () => {
    const spool = openSpool(temporaryFolder());
    await writeFile(join(await spool.folderFor(key), 'archive'), 'x');
    expect(await readdir(await spool.folderFor(key))).toEqual(['archive']);
  });

  it.each([
    { cluster: '..' },
    { cluster: 'a/b' },
    { label: '../../etc/passwd' },
    { source: '..' as 'oms' },
    { part: '../x' },
    { part: '-' },
  ])('makes and removes nothing for %j', async (wrong) => {
    const root = temporaryFolder();
    const spool = openSpool(root);
    await expect(spool.folderFor({ ...key, ...wrong })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(spool.remove({ ...key, ...wrong })).rejects.toMatchObject({ kind: 'invalid' });
    expect(await readdir(root)).toEqual([]);
  });
});

describe("removing a part's folder", () => {
  it('takes all in it and leaves the other parts', async () => {
    const spool = openSpool(temporaryFolder());
    const other = await spool.folderFor({ ...key, part: 'ns2' });
    const folder = await spool.folderFor(key);
    await mkdir(join(folder, 'files'));
    await spool.remove(key);
    expect([folder, other].map(existsSync)).toEqual([false, true]);
  });

  it('takes the folder of the run with the last part', async () => {
    const root = temporaryFolder();
    const spool = openSpool(root);
    await spool.folderFor(key);
    await spool.remove(key);
    expect(await readdir(join(root, '1'))).toEqual([]);
  });

  it('may be repeated, also when there never was anything', async () => {
    const spool = openSpool(join(temporaryFolder(), 'never'));
    await spool.remove(key);
    await spool.remove(key);
    expect(await spool.leftovers()).toEqual([]);
  });
});

describe('leftovers', () => {
  it('are told with the key that removes them, of one cluster or of all', async () => {
    const spool = openSpool(temporaryFolder());
    const keys: SpoolKey[] = [
      key,
      { ...key, part: 'ns-2' },
      { ...key, label: '20240302000000', source: 'oms' },
      { ...key, cluster: '2' },
    ];
    for (const one of keys) await spool.folderFor(one);
    const left = await spool.leftovers();
    expect(left.map(({ folder: _folder, ...found }) => found)).toEqual(keys);
    expect((await spool.leftovers('1')).map(({ folder: _folder, ...found }) => found)).toEqual(keys.slice(0, 3));
    for (const one of left) await spool.remove(one);
    expect(await spool.leftovers()).toEqual([]);
  });

  it('do not include what the spool did not make', async () => {
    const root = temporaryFolder();
    for (const path of [
      'lost+found',
      '1/notes',
      '1/20240301120000/nameNode-',
      '1/20240301120000/other',
      '.x/20240301120000/oms',
    ])
      await mkdir(join(root, path), { recursive: true });
    await writeFile(join(root, '2'), 'a file');
    expect(await openSpool(root).leftovers()).toEqual([]);
    expect(await openSpool(root).leftovers('../x')).toEqual([]);
  });
});

describe('room in the spool', () => {
  it('is there for little and not for more than any disk has', async () => {
    const spool = openSpool(join(temporaryFolder(), 'new'));
    await spool.makeRoom(1);
    const refused = spool.makeRoom(Number.MAX_SAFE_INTEGER);
    await expect(refused).rejects.toMatchObject({ kind: 'full', context: { neededBytes: Number.MAX_SAFE_INTEGER } });
    await expect(refused).rejects.toThrow(/has \d+ bytes free, but 9007199254740991 are needed HINT: free some space/);
  });
});
