import { noControl, type Progress } from '../../model/control';
import { compareTree, toldDifferences } from '../../sets/compare-tree';
import { indexLines } from '../../sets/list-tree';
import type { TreeReader } from '../../model/tree';
import { readMemoryTree, type MemoryNode } from '../fakes/memory-tree';
import { all, linesOf, manyLines, nodeOf, type Trees } from './data-fixture';

const file = (attributes: NonNullable<MemoryNode['attributes']>, content = 'content'): MemoryNode => ({
  content: Buffer.from(content),
  attributes,
});

const before: Trees = { 'd/a/x': 'xx', 'd/a/y': 'yyy', 'd/b': {}, 'd/empty': '', 'd/z': file({}) };

describe('a tree that is as its index says', () => {
  it('has no differences, and the counts of the index', async () => {
    expect(await compared(before, before)).toEqual({
      files: 4,
      directories: 3,
      bytes: 12,
      unverified: 0,
      differing: 0,
      differences: [],
    });
  });

  it('may be empty', async () => {
    expect(await compared({ d: {} }, { d: {} })).toMatchObject({ files: 0, directories: 1, differing: 0 });
  });

  it('may have directories that were written into since', async () => {
    const touched = { ...before, d: { attributes: { modified: 9 } }, 'd/a': { attributes: { modified: 9 } } };
    expect(await compared(before, touched)).toMatchObject({ differing: 0 });
  });

  it('may have 100,000 entries', async () => {
    const lines = await all(manyLines(100_000));
    const entries = lines.map(({ checksum: _, ...entry }) => entry);
    const checksums = new Map(lines.map(({ path, checksum }) => [path, checksum]));
    const found: TreeReader = {
      list: () => linesOf(entries),
      checksum: async (path) => checksums.get(path),
      open: () => Promise.reject(new Error('not asked')),
    };
    expect(await compareTree(manyLines(100_000), found, noControl())).toMatchObject({
      files: 100_000,
      directories: 101,
      differing: 0,
      unverified: 0,
    });
    expect(await compareTree(manyLines(100_000, 5), found, noControl())).toMatchObject({
      files: 99_999,
      differing: 1,
      differences: ['the file "part-000000/005.parquet" is there, but was not backed up'],
    });
  });
});

describe('a tree that differs from its index', () => {
  const without = (path: string): Trees => Object.fromEntries(Object.entries(before).filter(([name]) => name !== path));

  it.each<[string, Trees, string[]]>([
    ['a missing file', without('d/a/x'), ['the file "a/x" is missing']],
    ['a missing directory', without('d/b'), ['the directory "b" is missing']],
    ['the last entry missing', without('d/z'), ['the file "z" is missing']],
    ['an extra file', { ...before, 'd/a/xx': '1' }, ['the file "a/xx" is there, but was not backed up']],
    [
      'an extra name that sorts between a directory and what it holds',
      { ...before, 'd/a!': '1' },
      ['the file "a!" is there, but was not backed up'],
    ],
    ['a file for a directory', { ...before, 'd/b': 'file' }, ['the directory "b" has become a file']],
    ['other bytes in number', { ...before, 'd/a/x': 'x' }, ['the file "a/x" has bytes 1 instead of 2']],
    [
      'other bytes of equal number',
      { ...before, 'd/a/x': 'xy' },
      [
        expect.stringMatching(
          /^the file "a\/x" has other bytes: MD5-of-0MD5-of-512CRC32C [0-9a-f]+ instead of MD5/,
        ) as string,
      ],
    ],
    [
      'another time of a file',
      { ...before, 'd/z': file({ modified: 5 }) },
      ['the file "z" has modification time 5 instead of 1700000000000'],
    ],
    ['another owner', { ...before, 'd/z': file({ owner: 'eve' }) }, ['the file "z" has owner eve instead of hdfs']],
    [
      'another group, permission and ACL of a directory',
      { ...before, 'd/b': { attributes: { group: 'g', permission: '1777', hasAcl: true } } },
      [
        'the directory "b" has group g instead of supergroup, permission 1777 instead of 755, access rules beyond its mode, which it had not',
      ],
    ],
    [
      'another replication and block size',
      { ...before, 'd/z': file({ replication: 1, blockSize: 2048 }) },
      ['the file "z" has replication 1 instead of 3, block size 2048 instead of 1024'],
    ],
    ['another root', { ...before, d: { attributes: { owner: 'eve' } } }, ['the root has owner eve instead of hdfs']],
    [
      'several entries',
      { ...without('d/b'), 'd/a/x': 'x', 'd/new\nline': '1' },
      [
        'the file "a/x" has bytes 1 instead of 2',
        'the directory "b" is missing',
        'the file "new\\nline" is there, but was not backed up',
      ],
    ],
  ])('is told in words: %s', async (_what, after, differences) => {
    expect(await compared(before, after)).toMatchObject({ differing: differences.length, differences });
  });

  it('tells of access rules that were lost', async () => {
    const had = { ...before, 'd/z': file({ hasAcl: true }) };
    expect(await compared(had, before)).toMatchObject({ differences: ['the file "z" has lost its access rules'] });
  });

  it('is told with the first differences, and the number of all', async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`d/n${String(n).padStart(2, '0')}`, 'x']));
    const { differing, differences, files } = await compared({ d: {} }, many);
    expect([differing, files]).toEqual([50, 0]);
    expect(differences).toHaveLength(toldDifferences);
    expect(differences[0]).toContain('n00');
  });

  it('is missing when there is no tree at all', async () => {
    await expect(compared(before, {})).rejects.toMatchObject({ kind: 'missing' });
  });
});

describe('bytes that cannot be compared', () => {
  const other = { algorithm: 'COMPOSITE-CRC32C', value: '01234567' };

  it.each<[string, Trees, Trees]>([
    ['another algorithm there', before, { ...before, 'd/z': { ...file({}), checksum: other } }],
    ['no checksum there', before, { ...before, 'd/z': { ...file({}), checksum: null } }],
    ['no checksum in the index', { ...before, 'd/z': { ...file({}), checksum: null } }, before],
  ])('are counted, never passed silently: %s', async (_what, one, two) => {
    expect(await compared(one, two)).toMatchObject({ differing: 0, unverified: 1 });
  });

  it('are none in an empty file', async () => {
    const empty = { 'd/e': { ...file({}, ''), checksum: null } };
    expect(await compared(empty, empty)).toMatchObject({ unverified: 0, differing: 0 });
  });

  it('are not looked at where checksums are not asked for', async () => {
    const asked: string[] = [];
    const changed = { ...before, 'd/a/x': 'xy' };
    const tree = treeOf(changed);
    const noting = { ...tree, checksum: (path: string) => (asked.push(path), tree.checksum(path)) };
    const result = await compareTree(indexLines(treeOf(before), noControl()), noting, noControl(), {
      checksums: false,
    });
    expect([result.differing, result.unverified, asked]).toEqual([0, 0, []]);
  });
});

describe('comparing', () => {
  it('never asks for more checksums at once than allowed', async () => {
    let [asked, most] = [0, 0];
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`d/${n}`, `${n}`]));
    const tree = treeOf(files);
    const slow: TreeReader = {
      ...tree,
      checksum: async (path) => {
        most = Math.max(most, (asked += 1));
        await new Promise((resolve) => setImmediate(resolve));
        asked -= 1;
        return await tree.checksum(path);
      },
    };
    const result = await compareTree(indexLines(tree, noControl()), slow, noControl(), { checksumsAtOnce: 3 });
    expect([result.differing, most]).toEqual([0, 3]);
  });

  it('reports files and bytes, up to the end', async () => {
    const reports: Progress[] = [];
    const control = { ...noControl(), report: (progress: Progress) => void reports.push(progress) };
    await compareTree(indexLines(treeOf(before), noControl()), treeOf(before), control);
    expect(reports.at(-1)).toEqual({ files: 4, bytes: 12 });
  });

  it('stops when it is told to', async () => {
    const control = { ...noControl(), signal: AbortSignal.abort() };
    const comparing = compareTree(indexLines(treeOf(before), noControl()), treeOf(before), control);
    await expect(comparing).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('closes both lists, also when it ends early', async () => {
    const closed: string[] = [];
    const closing = async function* (name: string) {
      try {
        yield* manyLines(100);
      } finally {
        closed.push(name);
      }
    };
    const found = { ...treeOf(before), list: () => closing('found') };
    const control = { ...noControl(), signal: AbortSignal.abort() };
    await expect(compareTree(closing('index'), found, control)).rejects.toMatchObject({ kind: 'cancelled' });
    expect(closed.sort()).toEqual(['found', 'index']);
  });
});

function treeOf(trees: Trees): TreeReader {
  return readMemoryTree(new Map(Object.entries(trees).map(([path, content]) => [path, nodeOf(content)])), 'd');
}

async function compared(index: Trees, found: Trees) {
  return await compareTree(indexLines(treeOf(index), noControl()), treeOf(found), noControl());
}
