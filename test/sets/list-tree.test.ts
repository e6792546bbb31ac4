import { noControl, type Progress } from '../../model/control';
import { BackupError } from '../../model/errors';
import type { TreeEntry, TreeReader } from '../../model/tree';
import { indexLines } from '../../sets/list-tree';
import { hdfsChecksumOf, memoryBlockSize, readMemoryTree } from '../fakes/memory-tree';
import { all, bytesOfSomeTrees, manyLines, nodeOf, someTrees } from './data-fixture';

const nodes = new Map(Object.entries(someTrees).map(([path, content]) => [path, nodeOf(content)]));
const tree = readMemoryTree(nodes, 'data/0');

describe('the lines of a tree', () => {
  it('are its entries in their order, files that hold something with the checksums that their store has', async () => {
    const lines = await all(indexLines(tree, noControl()));
    const entries = await all(tree.list());
    expect(lines.map(({ checksum: _, ...entry }) => entry)).toEqual(entries);
    expect(lines.map(({ path, checksum }) => [path, checksum?.algorithm])).toEqual([
      ['', undefined],
      ['ünï-漢字-😀', 'MD5-of-0MD5-of-512CRC32C'],
      ['.hidden', undefined],
      ['.hidden/new\nline "quoted"', 'MD5-of-0MD5-of-512CRC32C'],
      ['a', undefined],
      ['a/empty', undefined],
      ['a/one block', 'MD5-of-0MD5-of-512CRC32C'],
      ['a/three blocks', 'MD5-of-2MD5-of-512CRC32C'],
      ['b', undefined],
    ]);
    expect(lines[6]!.checksum).toEqual(hdfsChecksumOf(Buffer.from('x'.repeat(1000)), memoryBlockSize));
  });

  it('lack the checksum where the store has none', async () => {
    const lines = await all(indexLines({ ...tree, checksum: async () => undefined }, noControl()));
    expect(lines).toEqual(await all(tree.list()));
  });

  it('keep their order whichever checksum comes first, and never ask for more at once than allowed', async () => {
    let [asked, most] = [0, 0];
    const slow: TreeReader = {
      ...listing(manyLines(200)),
      checksum: async (path) => {
        most = Math.max(most, (asked += 1));
        for (let turns = path.length % 2 === 0 ? 1 : Number(path.at(-9)); turns >= 0; turns -= 1) await nextTurn();
        asked -= 1;
        return { algorithm: 'x', value: 'ab' };
      },
    };
    const lines = await all(indexLines(slow, noControl(), { checksumsAtOnce: 5 }));
    expect(lines.map(({ path }) => path)).toEqual((await all(manyLines(200))).map(({ path }) => path));
    expect(most).toBe(5);
  });

  it('are read as they are needed: nobody who takes one makes the whole tree be listed', async () => {
    let listed = 0;
    async function* counted(): AsyncGenerator<TreeEntry> {
      for await (const line of manyLines(100_000)) {
        listed += 1;
        yield line;
      }
    }
    const lines = indexLines({ ...listing(counted()), checksum: async () => undefined }, noControl());
    await lines.next();
    expect(listed).toBe(16);
    for (let taken = 1; taken < 1000; taken += 1) await lines.next();
    expect(listed).toBe(1015);
    await lines.return(undefined);
  });

  it('report files and bytes, up to the end', async () => {
    const reports: Progress[] = [];
    await all(indexLines(tree, { ...noControl(), report: (progress) => void reports.push(progress) }));
    expect(reports.at(-1)).toEqual({ files: 5, bytes: bytesOfSomeTrees });
    expect(reports).toHaveLength(9);
  });

  it('end when they are told to', async () => {
    const stop = new AbortController();
    const lines = indexLines(listing(manyLines(1000)), { ...noControl(), signal: stop.signal });
    await lines.next();
    stop.abort();
    await expect(lines.next()).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('end with the error of a checksum, in its turn and only once', async () => {
    const refusing: TreeReader = {
      ...tree,
      checksum: async (path) => {
        throw new BackupError('denied', `no right to ${path}`);
      },
    };
    const lines = indexLines(refusing, noControl());
    expect((await lines.next()).value).toMatchObject({ path: '' });
    await expect(lines.next()).rejects.toMatchObject({ kind: 'denied', what: 'no right to ünï-漢字-😀' });
    expect((await lines.next()).done).toBe(true);
  });
});

function listing(entries: AsyncIterable<TreeEntry>): TreeReader {
  return { list: () => entries, checksum: async () => undefined, open: () => Promise.reject(new Error('not asked')) };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
