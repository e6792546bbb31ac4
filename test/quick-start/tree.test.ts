import { applyChanges, createSample, directory } from '../../quick-start/sample';
import { contentOf } from '../../quick-start/sample-content';
import { bytesOf, differences, filesOf, sha256Of, type Tree, type TreeEntry } from '../../quick-start/tree';

const file: TreeEntry = {
  type: 'file',
  bytes: 3,
  owner: 'hdfs',
  group: 'supergroup',
  permission: '644',
  acl: 'user:bob:r-x,group::r--',
  xattrs: 'user.colour=0x01',
  replication: 1,
  blockSize: 65_536,
  modified: 1_000,
  sha256: sha256Of(Buffer.from('abc')),
};
const tree = (entries: Record<string, TreeEntry>): Tree => new Map(Object.entries(entries));

test('equal trees have no differences', () => {
  expect(differences(tree({ '/a': file, '/b': file }), tree({ '/b': { ...file }, '/a': { ...file } }))).toEqual([]);
});

test('an ACL or an attribute that is gone is a difference', () => {
  const { acl: _acl, xattrs: _xattrs, ...plain } = file;
  expect(differences(tree({ '/a': file }), tree({ '/a': plain }))).toEqual([
    '/a: acl is none, and should be user:bob:r-x,group::r--',
    '/a: xattrs is none, and should be user.colour=0x01',
  ]);
});

test('what is missing and what is too much are differences', () => {
  expect(differences(tree({ '/a': file }), tree({ '/b': file }))).toEqual([
    '/a: is missing',
    '/b: is there, and should not be',
  ]);
});

test.each([
  ['type', 'directory'],
  ['bytes', 4],
  ['owner', 'alice'],
  ['group', 'analysts'],
  ['permission', '640'],
  ['acl', 'group::r--'],
  ['xattrs', 'user.colour=0x02'],
  ['replication', 2],
  ['blockSize', 131_072],
  ['modified', 2_000],
  ['sha256', sha256Of(Buffer.from('abd'))],
] as const)('another %s is a difference', (fact, other) => {
  const found = tree({ '/a': { ...file, [fact]: other } });
  expect(differences(tree({ '/a': file }), found)).toEqual([
    `/a: ${fact} is ${other}, and should be ${String(file[fact])}`,
  ]);
});

test('the sample has about 300 files and 64 MiB in one directory; names with everything that has broken backups', () => {
  const { tree } = createSample();
  const files = filesOf(tree);
  expect([files.length, bytesOf(tree) / 1024 ** 2].map(Math.round)).toEqual([279, 63]);
  expect([...tree.keys()].filter((path) => path !== directory && !path.startsWith(`${directory}/`))).toEqual([]);
  for (const odd of [' ', '%', '+', '#', '/.', 'ü', '日', '🪨']) {
    expect([odd, files.some((path) => path.includes(odd))]).toEqual([odd, true]);
  }
});

test('the sample has empty files, files of several blocks, and every attribute that a copy can lose', () => {
  const entries = [...createSample().tree.values()];
  const some = (is: (entry: TreeEntry) => boolean) => entries.some(is);
  expect(some(({ type, bytes }) => type === 'file' && bytes === 0)).toBe(true);
  expect(some(({ bytes, blockSize = Infinity }) => bytes > 20 * blockSize)).toBe(true);
  expect(some(({ replication }) => replication === 2)).toBe(true);
  for (const type of ['file', 'directory'])
    expect(some((entry) => entry.type === type && entry.acl !== undefined)).toBe(true);
  expect(some(({ xattrs }) => xattrs !== undefined)).toBe(true);
  expect(new Set(entries.map(({ owner }) => owner)).size).toBe(2);
});

test('files differ in their bytes, and are the same every time', () => {
  const digests = [...createSample().tree].map(([, { bytes, sha256 }]) => bytes > 0 && sha256).filter(Boolean);
  expect(new Set(digests).size).toBe(digests.length);
  expect(createSample().tree).toEqual(createSample().tree);
  expect(contentOf('/a', 5)).toHaveLength(5);
  expect(contentOf('/a', 0)).toHaveLength(0);
});

test('changes move and remove whole directories, and add', () => {
  const before = tree({ '/a': file, '/d/x': file, '/d2': file, '/e': file });
  const after = applyChanges(before, [
    { do: 'rename', path: '/d', to: '/n' },
    { do: 'remove', path: '/e' },
    { do: 'add', path: '/f', entry: file },
  ]);
  expect([...after.keys()].sort()).toEqual(['/a', '/d2', '/f', '/n/x']);
  expect(before.size).toBe(4);
});

test('a file of as many bytes as before is rewritten: its digest alone tells', () => {
  const { tree, changes } = createSample();
  const { path } = changes.find((change) => change.do === 'rewrite')!;
  const [before, after] = [tree.get(path)!, applyChanges(tree, changes).get(path)!];
  expect({ ...after, sha256: before.sha256 }).toEqual(before);
  expect(after.sha256).not.toBe(before.sha256);
});

test('the sample is really changed: every change touches something that is there', () => {
  const { tree, changes } = createSample();
  for (const { path } of changes.filter((change) => change.do !== 'add'))
    expect([path, tree.has(path)]).toEqual([path, true]);
  expect(differences(tree, applyChanges(tree, changes)).length).toBeGreaterThan(40);
});
