import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import type { TargetSnapshots } from '../../model/target';
import { comparePaths, type TreeEntry, type TreeReader } from '../../model/tree';
import { type TargetCase, onTarget } from './case';
import { assertKind, bodyOf, namesBelow, read } from './tools';

/** What a target promises whose sets are snapshots of folders. Copiers write there by themselves; here, `put` does. */
export const snapshotCases: readonly TargetCase[] = [
  snapshotCase('a snapshot keeps what the folder held', async ({ put, remove, snapshots, folder }) => {
    await put('data/0/kept', 'then');
    await put('data/0/gone', 'then');
    await snapshots.create(folder, 's1');
    await put('data/0/kept', 'now');
    await put('data/0/new', 'now');
    await remove('data/0/gone');
    assert.deepEqual(await contentOf(snapshots.read(folder, 's1', 'data/0')), { gone: 'then', kept: 'then' });
    assert.deepEqual(await contentOf(snapshots.read(folder, undefined, 'data/0')), { kept: 'now', new: 'now' });
  }),
  snapshotCase('what a snapshot holds can be got by name, and never changed', async (given) => {
    const { target, put, remove, snapshots, folder } = given;
    await put('.cairn/manifest.json', 'then');
    await snapshots.create(folder, 's1');
    await put('.cairn/manifest.json', 'now');
    const frozen = '.snapshot/s1/.cairn/manifest.json';
    assert.equal(String(await read(target, `${folder}/${frozen}`)), 'then');
    assert.equal((await target.stat(`${folder}/${frozen}`))?.bytes, 4);
    await assertKind('missing', target.get(`${folder}/.snapshot/s1/nothing`));
    await assertKind('missing', target.get(`${folder}/.snapshot/s2/.cairn/manifest.json`));
    await assertKind('invalid', put(frozen, 'changed'));
    await assertKind('invalid', remove(frozen));
  }),
  snapshotCase('making a snapshot again changes nothing', async ({ put, snapshots, folder }) => {
    await put('data/0/file', 'then');
    await snapshots.create(folder, 's1');
    await put('data/0/file', 'now');
    await snapshots.create(folder, 's1');
    assert.deepEqual(await snapshots.list(folder), ['s1']);
    assert.deepEqual(await contentOf(snapshots.read(folder, 's1', 'data/0')), { file: 'then' });
  }),
  snapshotCase('a snapshot is renamed with all it holds, and again when it is done', async (given) => {
    const { put, snapshots, folder } = given;
    await put('data/0/file', 'then');
    await snapshots.create(folder, 'commit-1');
    await put('data/0/file', 'now');
    await snapshots.rename(folder, 'commit-1', '1');
    await snapshots.rename(folder, 'commit-1', '1');
    assert.deepEqual(await snapshots.list(folder), ['1']);
    assert.deepEqual(await contentOf(snapshots.read(folder, '1', 'data/0')), { file: 'then' });
    await assertKind('missing', snapshots.rename(folder, 'commit-2', '2'));
    await assertKind('missing', snapshots.rename(`${folder}-absent`, 'commit-1', '1'));
  }),
  snapshotCase('snapshots are removed one by one, and again when they are gone', async (given) => {
    const { put, snapshots, folder } = given;
    await put('data/0/file', 'then');
    for (const name of ['s1', 's2', 's3']) await snapshots.create(folder, name);
    await snapshots.remove(folder, 's2');
    await snapshots.remove(folder, 's2');
    await snapshots.remove(`${folder}-absent`, 's1');
    assert.deepEqual(await snapshots.list(folder), ['s1', 's3']);
    assert.deepEqual(await contentOf(snapshots.read(folder, 's3', 'data/0')), { file: 'then' });
  }),
  snapshotCase('snapshots are listed by name, and a folder that is absent has none', async ({ snapshots, folder }) => {
    for (const name of ['20260102000000', 'unfinished-1', '20250102000000']) await snapshots.create(folder, name);
    assert.deepEqual(await snapshots.list(folder), ['20250102000000', '20260102000000', 'unfinished-1']);
    assert.deepEqual(await snapshots.list(`${folder}-absent`), []);
  }),
  snapshotCase('changes names what differs, and only that', async ({ put, remove, snapshots, folder }) => {
    for (const name of ['same', 'changed', 'gone']) await put(`data/0/${name}`, 'then');
    await put('data/1/same', 'then');
    await snapshots.create(folder, 's1');
    await put('data/0/changed', 'now');
    await remove('data/0/gone');
    await put('data/0/new %41', 'now');
    await snapshots.create(folder, 's2');
    await put('.cairn/manifest.json', 'x');
    const differing = ['data/0/changed', 'data/0/gone', 'data/0/new %41'];
    assert.deepEqual(await filesChanged(snapshots, folder, 's1', 's2'), differing);
    assert.deepEqual(await filesChanged(snapshots, folder, 's2', ''), ['.cairn']);
    assert.deepEqual(await snapshots.changes(folder, 's1', 's1', 100), []);
    assert.equal((await snapshots.changes(folder, 's1', 's2', 2)).length, 2);
  }),
  snapshotCase('changes since a snapshot that is not there are missing', async ({ snapshots, folder }) => {
    await snapshots.create(folder, 's1');
    await assertKind('missing', snapshots.changes(folder, 's0', 's1', 100));
    await assertKind('missing', snapshots.changes(folder, 's1', 's2', 100));
    await assertKind('missing', snapshots.changes(folder, 's0', '', 100));
  }),
  snapshotCase('lists the folders that may have snapshots, below a prefix', async ({ snapshots, folder, prefix }) => {
    await snapshots.open(`${prefix}/a/deeper`);
    await snapshots.create(`${prefix}/a/deeper`, 's1');
    assert.deepEqual(await snapshots.folders(prefix), [`${prefix}/a/deeper`, folder]);
    assert.deepEqual(await snapshots.folders(`${prefix}/a`), [`${prefix}/a/deeper`]);
    assert.deepEqual(await snapshots.folders(`${prefix}/nothing`), []);
    const all = await snapshots.folders('');
    assert.ok(all.includes(folder) && all.includes(`${prefix}/a/deeper`), `${folder} is not among all folders`);
  }),
  snapshotCase('leaves folders with snapshots out of the list, and nothing else', async (given) => {
    const { target, put, folder, prefix } = given;
    await put('data/0/file', 'x');
    await target.put(`${folder}.manifest.json`, bodyOf('beside'));
    assert.deepEqual(await namesBelow(target, prefix), [`${folder}.manifest.json`]);
    assert.deepEqual(await namesBelow(target, folder), []);
    assert.equal((await target.stat(`${folder}/data/0/file`))?.bytes, 1);
  }),
  snapshotCase('may be opened again, with all that it has', async ({ put, snapshots, folder }) => {
    await put('data/0/file', 'then');
    await snapshots.create(folder, 's1');
    await snapshots.open(folder);
    assert.deepEqual(await snapshots.list(folder), ['s1']);
    assert.deepEqual(await contentOf(snapshots.read(folder, undefined, 'data/0')), { file: 'then' });
  }),
  snapshotCase('refuses snapshots inside a folder that has its own, and around it', async (given) => {
    const { snapshots, folder, prefix } = given;
    await assertKind('conflict', snapshots.open(`${folder}/data/0`));
    await assertKind('conflict', snapshots.open(prefix));
    assert.deepEqual(await snapshots.folders(prefix), [folder]);
  }),
  snapshotCase('a tree that is discarded stays in the snapshots, and other trees stay', async (given) => {
    const { target, put, snapshots, folder } = given;
    for (const name of ['data/0/file', 'data/1/file', 'data/10/file']) await put(name, name);
    await snapshots.create(folder, 's1');
    await snapshots.discard(folder, 'data/1');
    await snapshots.discard(folder, 'data/1');
    assert.equal(await target.stat(`${folder}/data/1/file`), undefined);
    assert.deepEqual(await contentOf(snapshots.read(folder, undefined, 'data/10')), { file: 'data/10/file' });
    assert.deepEqual(await contentOf(snapshots.read(folder, 's1', 'data/1')), { file: 'data/1/file' });
  }),
  snapshotCase('closes a folder with all in it once it has no snapshots, and again when it is gone', async (given) => {
    const { target, put, snapshots, folder, prefix } = given;
    await put('data/0/file', 'then');
    await snapshots.create(folder, 's1');
    await assertKind('conflict', snapshots.close(folder));
    assert.deepEqual(await contentOf(snapshots.read(folder, 's1', 'data/0')), { file: 'then' });
    assert.equal((await target.stat(`${folder}/data/0/file`))?.bytes, 4);
    await snapshots.remove(folder, 's1');
    await snapshots.close(folder);
    await snapshots.close(folder);
    assert.deepEqual(await snapshots.folders(prefix), []);
    assert.equal(await target.stat(`${folder}/data/0/file`), undefined);
  }),
  snapshotCase('reads a tree in the order of paths, each directory first', async ({ put, snapshots, folder }) => {
    const names = ['b', 'a/x', 'a!', 'a b', 'ä', '😀', '\uffee', 'A', '.hidden', 'a/deep/er', 'aa', '100%', 'c#d'];
    for (const name of names) await put(`data/0/${name}`, name);
    await snapshots.create(folder, 's1');
    const found = await entriesOf(snapshots.read(folder, 's1', 'data/0'));
    assert.deepEqual(
      found.map(({ path }) => path),
      ['', 'a', 'a/deep', ...names].sort(comparePaths),
    );
    for (const { path, type, bytes } of found) {
      const isFile = names.includes(path);
      assert.equal(type, isFile ? 'file' : 'directory');
      assert.equal(bytes, isFile ? Buffer.byteLength(path) : 0);
    }
  }),
  snapshotCase('tells equal bytes by equal checksums, in snapshots too', async ({ put, snapshots, folder }) => {
    for (const [name, content] of Object.entries({ one: 'same', two: 'same', three: 'else' }))
      await put(`data/0/${name}`, content);
    await snapshots.create(folder, 's1');
    await put('data/0/one', 'changed');
    const [then, now] = [snapshots.read(folder, 's1', 'data/0'), snapshots.read(folder, undefined, 'data/0')];
    const one = await then.checksum('one');
    if (one === undefined) return;
    assert.match(one.value, /^[0-9a-f]+$/);
    assert.deepEqual(await now.checksum('two'), one);
    assert.notEqual((await then.checksum('three'))?.value, one.value);
    assert.notEqual((await now.checksum('one'))?.value, one.value);
    await assertKind('missing', then.checksum('nothing'));
  }),
  snapshotCase('reads ranges of files of a snapshot', async ({ put, snapshots, folder }) => {
    await put('data/0/digits', '0123456789');
    await snapshots.create(folder, 's1');
    await put('data/0/digits', 'replaced');
    const tree = snapshots.read(folder, 's1', 'data/0');
    assert.equal(await text(await tree.open('digits', { start: 3, end: 5 })), '345');
    await assertKind('missing', tree.open('nothing'));
  }),
  snapshotCase('a tree that is not there is missing', async ({ snapshots, folder }) => {
    await snapshots.create(folder, 's1');
    await assertKind('missing', entriesOf(snapshots.read(folder, 's1', 'data/0')));
    await assertKind('missing', entriesOf(snapshots.read(folder, 's2', '')));
    await assertKind('missing', entriesOf(snapshots.read(`${folder}-absent`, undefined, 'data/0')));
  }),
  {
    reachesOut: true,
    ...snapshotCase('refuses folders and snapshots that would lead elsewhere', async ({ snapshots, folder }) => {
      for (const name of ['../x', 'a//b', '/x', '', `${folder}/.snapshot/s1`])
        await assertKind('invalid', snapshots.open(name));
      for (const name of ['a/b', '..', '', 'a\nb']) await assertKind('invalid', snapshots.create(folder, name));
    }),
  },
];

interface Given {
  readonly target: Parameters<Parameters<typeof onTarget>[0]>[0];
  readonly snapshots: TargetSnapshots;
  readonly prefix: string;
  /** A folder below the prefix that may have snapshots. */
  readonly folder: string;
  /** Stores and removes below the folder. */
  put(name: string, content: string): Promise<unknown>;
  remove(name: string): Promise<void>;
}

function snapshotCase(name: string, use: (given: Given) => Promise<void>): TargetCase {
  const run = onTarget(async (target, prefix) => {
    const folder = `${prefix}/task_HDFS_1`;
    const { snapshots } = target;
    assert.ok(snapshots !== undefined);
    await snapshots.open(folder);
    const put = (below: string, content: string) => target.put(`${folder}/${below}`, bodyOf(content));
    await use({ target, snapshots, prefix, folder, put, remove: (below) => target.remove(`${folder}/${below}`) });
  });
  return { name: `with snapshots: ${name}`, needs: 'snapshots', run };
}

async function entriesOf(tree: TreeReader): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of tree.list()) entries.push(entry);
  return entries;
}

/** Content by path. */
async function contentOf(tree: TreeReader): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const { path, type } of await entriesOf(tree))
    if (type === 'file') content[path] = await text(await tree.open(path));
  return content;
}

/** A directory differs when an entry came to it or left it; those that only lead to other names are left out. */
async function filesChanged(snapshots: TargetSnapshots, folder: string, from: string, to: string): Promise<string[]> {
  const names = await snapshots.changes(folder, from, to, 100);
  assert.equal(new Set(names).size, names.length, `${names.join(', ')}: a name came twice`);
  return names.filter((name) => !names.some((other) => other.startsWith(`${name}/`))).sort();
}
