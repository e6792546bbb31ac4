import { applyChanges, createSample } from '../../quick-start/sample';
import { contentOf } from '../../quick-start/sample-content';
import { differences, filesOf, sha256Of, type Tree, type TreeEntry } from '../../quick-start/tree';

const file: TreeEntry = {
  type: 'file',
  bytes: 3,
  owner: 'hdfs',
  group: 'supergroup',
  permission: '644',
  sha256: sha256Of(Buffer.from('abc')),
};
const tree = (entries: Record<string, TreeEntry>): Tree => new Map(Object.entries(entries));

test('equal trees have no differences', () => {
  expect(differences(tree({ '/a': file, '/b': file }), tree({ '/b': { ...file }, '/a': { ...file } }))).toEqual([]);
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
  ['sha256', sha256Of(Buffer.from('abd'))],
] as const)('another %s is a difference', (fact, other) => {
  const found = tree({ '/a': { ...file, [fact]: other } });
  expect(differences(tree({ '/a': file }), found)).toEqual([
    `/a: ${fact} is ${other}, and should be ${String(file[fact])}`,
  ]);
});

test('the sample has about 300 files; names with everything that has broken backups; empty ones; other owners', () => {
  const { tree } = createSample();
  const files = filesOf(tree);
  expect(files.length).toBeGreaterThan(280);
  for (const odd of [' ', '%', '+', '#', '/.', 'ü', '日', '🪨']) {
    expect([odd, files.some((path) => path.includes(odd))]).toEqual([odd, true]);
  }
  expect(files.some((path) => tree.get(path)!.bytes === 0)).toBe(true);
  expect(new Set([...tree.values()].map(({ owner }) => owner)).size).toBe(2);
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

test('the sample is really changed: every change touches something that is there', () => {
  const { tree, changes } = createSample();
  for (const { path } of changes.filter((change) => change.do !== 'add'))
    expect([path, tree.has(path)]).toEqual([path, true]);
  expect(differences(tree, applyChanges(tree, changes)).length).toBeGreaterThan(40);
});
