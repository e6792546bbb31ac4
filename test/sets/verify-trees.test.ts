import { Readable } from 'node:stream';
import { noControl, type Progress } from '../../model/control';
import { BackupError } from '../../model/errors';
import type { VerifyLevel } from '../../model/set';
import type { BackupTarget } from '../../model/target';
import type { TreeReader } from '../../model/tree';
import { formatManifest } from '../../sets/manifest';
import { verifySet } from '../../sets/verify';
import type { MemoryNode } from '../fakes/memory-tree';
import { bytesOfSomeTrees, makeDataSet, nodeOf, placeWithSnapshots, someTrees, type Trees } from './data-fixture';

const levels: VerifyLevel[] = ['structure', 'content'];
const file = '"a/three blocks"';

describe('verifying a set of service data', () => {
  it('finds nothing wrong with a sound one, and reads every byte only for its content', async () => {
    const made = await madeSet();
    expect(await verified(made, 'structure')).toMatchObject({ level: 'structure', bytesRead: 0, problems: [] });
    expect(await verified(made, 'content')).toMatchObject({ bytesRead: bytesOfSomeTrees, problems: [] });
  });

  it('looks at the set, not at what lies in the folder now', async () => {
    const made = await madeSet();
    made.folders.get(made.names.folder)!.live.clear();
    expect(await verified(made, 'content')).toMatchObject({ problems: [] });
  });

  it.each(levels)('finds entries that are missing, too many or different (%s)', async (level) => {
    const made = await madeSet();
    change(made, 'data/0/a/empty', undefined);
    change(made, 'data/0/extra', 'x');
    change(made, 'data/0/a/one block', { ...nodeOf('x'.repeat(1000)), attributes: { owner: 'eve' } });
    const { problems } = await verified(made, level);
    expect(problems.slice(0, 3)).toEqual([
      'in the copy of /source/0: the file "a/empty" is missing',
      'in the copy of /source/0: the file "a/one block" has owner eve instead of hdfs',
      'in the copy of /source/0: the file "extra" is there, but was not backed up',
    ]);
  });

  it('finds other bytes of equal number by their content', async () => {
    const made = await madeSet();
    const content = Buffer.alloc(2500, 'abc');
    content[2499]! ^= 1;
    change(made, 'data/0/a/three blocks', content);
    expect((await verified(made, 'structure')).problems).toEqual([]);
    expect((await verified(made, 'content')).problems).toEqual([
      expect.stringMatching(
        `^in the copy of /source/0: the file ${file} is damaged: its checksum is [0-9a-f]{32} instead`,
      ),
    ]);
  });

  it.each(levels)('finds segments of the index that are gone or have another size (%s)', async (level) => {
    const made = await madeSet();
    const [first, second] = made.manifest.trees.map(({ index }) => index[0]!.sha256);
    change(made, `.cairn/index/${first}`, undefined);
    change(made, `.cairn/index/${second}`, 'short');
    expect((await verified(made, level)).problems).toEqual([
      `the index ${made.names.index(first!)} is not there any more`,
      'the copy of /source/0 cannot be compared without its whole index',
      expect.stringMatching(`the index ${made.names.index(second!)} has 5 bytes instead of`),
      'the copy of /source/1 cannot be compared without its whole index',
    ]);
  });

  it.each(levels)('finds a segment with other bytes, and goes on with the next tree (%s)', async (level) => {
    const made = await madeSet();
    const { sha256, bytes } = made.manifest.trees[0]!.index[0]!;
    change(made, `.cairn/index/${sha256}`, Buffer.alloc(bytes));
    change(made, 'data/1/extra', 'x');
    expect((await verified(made, level)).problems.slice(0, 2)).toEqual([
      `the index ${sha256} is damaged: its SHA-256 is not that of its name`,
      'in the copy of /source/1: the file "extra" is there, but was not backed up',
    ]);
  });

  it.each(levels)('finds a tree that is gone (%s)', async (level) => {
    const made = await madeSet();
    change(made, 'data/1', undefined);
    expect((await verified(made, level)).problems).toEqual(['the copy of /source/1 is not there any more']);
  });

  it.each(levels)('finds a manifest that counts otherwise than its index (%s)', async (level) => {
    const made = await madeSet();
    const trees = made.manifest.trees.map((tree, n) => (n === 0 ? { ...tree, bytes: tree.bytes + 1 } : tree));
    const totals = { ...made.manifest.totals, bytes: made.manifest.totals.bytes + 1 };
    change(made, '.cairn/manifest.json', formatManifest({ ...made.manifest, trees, totals }));
    expect((await verified(made, level)).problems).toEqual([
      `the index of /source/0 tells of ${bytesOfSomeTrees} bytes instead of ${bytesOfSomeTrees + 1}`,
    ]);
  });

  it('finds a manifest that is damaged or gone', async () => {
    const made = await madeSet();
    change(made, '.cairn/manifest.json', '{}');
    expect((await verified(made, 'structure')).problems).toEqual([expect.stringContaining('is damaged')]);
    change(made, '.cairn/manifest.json', undefined);
    expect((await verified(made, 'structure')).problems).toEqual([expect.stringContaining('it is not there')]);
  });

  it.each<[string, Partial<MemoryNode>]>([
    ['COMPOSITE-CRC32C cannot be computed', { checksum: { algorithm: 'COMPOSITE-CRC32C', value: '01234567' } }],
    ['its store had no checksum of it', { checksum: null }],
    [
      'its block size is not known',
      { attributes: { blockSize: 0 }, checksum: { algorithm: 'MD5-of-0MD5-of-512CRC32C', value: 'ab'.repeat(28) } },
    ],
  ])('calls no file sound that it could not verify: %s; but reads it', async (why, node) => {
    const made = await madeSet({
      'data/0/odd': { ...nodeOf('content'), ...node },
      'data/0/empty': { ...nodeOf(''), checksum: null },
    });
    const { problems, bytesRead } = await verified(made, 'content');
    expect(problems).toEqual([expect.stringContaining(`the file "odd" could not be verified: ${why}`)]);
    expect(bytesRead).toBe(7);
    expect((await verified(made, 'structure')).problems).toEqual([]);
  });

  it('tells the first problems and the number of the others', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 150 }, (_, n) => [`data/0/${n}`, { ...nodeOf('x'), checksum: null }]),
    );
    const { problems } = await verified(await madeSet(many), 'content');
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toBe('and 50 more problems');
  });

  it('finds a file that comes short or cannot be read, and goes on with the others', async () => {
    const made = await madeSet();
    const broken = reading(made.target, (tree) => ({
      ...tree,
      open: async (path) => {
        if (path === 'a/three blocks') return Readable.from([Buffer.alloc(10)]);
        if (path === 'a/one block') throw new BackupError('corrupt', 'all replicas are damaged');
        return await tree.open(path);
      },
    }));
    expect((await verified({ ...made, target: broken }, 'content')).problems).toEqual([
      'in the copy of /source/0: the file "a/one block" cannot be read: all replicas are damaged',
      `in the copy of /source/0: the file ${file} has 10 bytes instead of 2500`,
    ]);
  });

  it('calls a target that does not answer no damage', async () => {
    const made = await madeSet();
    const open = () => Promise.reject(new BackupError('unavailable', 'the line was cut'));
    const silent = reading(made.target, (tree) => ({ ...tree, open }));
    await expect(verified({ ...made, target: silent }, 'content')).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('reads several files at once, and never more than four', async () => {
    const made = await madeSet(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`data/0/${n}`, `${n}`])));
    let [opened, most] = [0, 0];
    const counting = reading(made.target, (tree) => ({
      ...tree,
      open: async (path) => {
        most = Math.max(most, (opened += 1));
        await new Promise((resolve) => setImmediate(resolve));
        const stream = await tree.open(path);
        return stream.once('end', () => (opened -= 1));
      },
    }));
    expect((await verified({ ...made, target: counting }, 'content')).problems).toEqual([]);
    expect(most).toBe(4);
  });

  it.each(levels)('reports how far it is, up to the end (%s)', async (level) => {
    const made = await madeSet();
    const reports: Progress[] = [];
    const control = { ...noControl(), report: (progress: Progress) => void reports.push(progress) };
    await verifySet(made.target, made.names.name, level, control);
    const done = { files: 5, totalFiles: 5, bytes: bytesOfSomeTrees, totalBytes: bytesOfSomeTrees };
    expect(reports.at(-1)).toEqual(done);
  });

  it.each(levels)('stops when it is told to (%s)', async (level) => {
    const made = await madeSet();
    const control = { ...noControl(), signal: AbortSignal.abort() };
    await expect(verifySet(made.target, made.names.name, level, control)).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('stops in the midst of a file that does not come to its end', async () => {
    const made = await madeSet();
    const stop = new AbortController();
    const stalled = () => new Readable({ read: () => void setImmediate(() => stop.abort()) });
    const stalling = reading(made.target, (tree) => ({ ...tree, open: async () => stalled() }));
    const control = { ...noControl(), signal: stop.signal };
    await expect(verifySet(stalling, made.names.name, 'content', control)).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('says that there is no such set', async () => {
    const { target, names } = await madeSet();
    const missing = `${names.name.slice(0, -1)}9`;
    await expect(verifySet(target, missing, 'content', noControl())).rejects.toMatchObject({ kind: 'missing' });
  });
});

type Made = Awaited<ReturnType<typeof madeSet>>;

async function madeSet(trees: Trees = someTrees) {
  return await makeDataSet(placeWithSnapshots(), {}, trees);
}

async function verified({ target, names }: Pick<Made, 'target' | 'names'>, level: VerifyLevel) {
  return await verifySet(target, names.name, level, noControl());
}

/** Damages the set itself. */
function change({ folders, names }: Made, path: string, content: Trees[string] | undefined): void {
  const nodes = folders.get(names.folder)!.snapshots.get(names.snapshot)!;
  if (content === undefined) nodes.delete(path);
  else nodes.set(path, nodeOf(content));
}

function reading(target: BackupTarget, through: (tree: TreeReader) => TreeReader): BackupTarget {
  const snapshots = target.snapshots!;
  return { ...target, snapshots: { ...snapshots, read: (...of) => through(snapshots.read(...of)) } };
}
