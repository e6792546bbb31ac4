import fc from 'fast-check';
import { isKind } from '../../model/errors';
import { isSafeRelativeName } from '../../model/names';
import {
  dataFolder,
  dataNames,
  dataSetName,
  familyOf,
  folderOf,
  manifestOf,
  namesOf,
  parseDataFolder,
  parseSetName,
  setFolder,
  setNames,
  setOfArchive,
  setOfManifest,
  type ParsedName,
} from '../../sets/layout';
import { parts } from './fixture';

const isManifest = (name: string) => setOfManifest(name) !== undefined;

const digits = fc.stringMatching(/^\d{14}$/);
const anyParts = fc.record({
  root: fc.oneof(fc.constant(''), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/)),
  task: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  creation: digits,
  version: fc.stringMatching(/^\d{1,4}(\.\d{1,4}){1,3}(-[A-Za-z0-9.]{1,20})?$/),
  writtenAs: fc.stringMatching(/^(NameNode|OMS)(-[A-Za-z0-9][A-Za-z0-9-]{0,63})?$/),
  label: digits,
});

const anyDataParts = fc.record({
  root: anyParts.map(({ root }) => root),
  task: fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
    fc.constantFrom('HDFS', 'a_HDFS', 'a_HDFS_20240101000000'),
  ),
  creation: digits,
  source: fc.constantFrom('hdfs' as const, 'hbase' as const, 'hive' as const, 'iotdb' as const, 'clickhouse' as const),
});

/** Near misses of names of service data. */
const almostNames = fc.stringMatching(
  /^(1\/)?[ab_]{0,3}_(HDFS|HBase|hdfs|OMS)_2024010100000[01]?\/(3.3_)?2024010100000[01]?$/,
);

function writtenAgain(found: ParsedName): string {
  return found.family === 'data' ? dataSetName(dataFolder(found), found.label) : setNames(found).name;
}

describe('the names of a set', () => {
  it("are the product's, with the cluster id before them on a shared disk", () => {
    expect(setNames({ ...parts, root: '7' })).toEqual({
      name: '7/nightly_1_20240101000000/3.3.0-LTS.1_NameNode-ns2_20240301120000',
      archive: '7/nightly_1_20240101000000/3.3.0-LTS.1_NameNode-ns2_20240301120000.tar.gz',
      manifest: '7/nightly_1_20240101000000/3.3.0-LTS.1_NameNode-ns2_20240301120000.manifest.json',
    });
    expect(setFolder(parts)).toBe('nightly_1_20240101000000');
  });

  it('say again what they were made of, whatever that was', () => {
    fc.assert(
      fc.property(anyParts, (made) =>
        expect(parseSetName(setNames(made).name)).toEqual({ family: 'metadata', ...made }),
      ),
    );
  });

  it('are different for different sets', () => {
    fc.assert(
      fc.property(anyParts, anyParts, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(setNames(one).name).not.toBe(setNames(other).name);
      }),
    );
  });

  it('tell a task whose own name ends like a creation time from its folder', () => {
    const tricky = { ...parts, task: 'a_20200101000000' };
    expect(parseSetName(setNames(tricky).name)).toEqual({ family: 'metadata', ...tricky });
  });

  it('stay inside the target', () => {
    fc.assert(fc.property(anyParts, (made) => expect(isSafeRelativeName(setNames(made).manifest)).toBe(true)));
  });

  it('lead from an object to its set and folder', () => {
    const { name, archive, manifest } = setNames(parts);
    expect(namesOf(name)).toEqual({ name, archive, manifest });
    expect(setOfArchive(archive)).toBe(name);
    expect(folderOf(name)).toBe(setFolder(parts));
    expect([archive, manifest, name].map(isManifest)).toEqual([false, true, false]);
  });
});

describe('the names of a set of service data', () => {
  const folder = dataFolder({ root: '', task: 'nightly_1', creation: '20240101000000', source: 'hdfs' });
  const label = '20240301120000';

  it("are the product's folder and the label; all of it lies in the folder, or in its snapshot", () => {
    expect(folder).toBe('nightly_1_HDFS_20240101000000');
    const names = dataNames(dataSetName(folder, label));
    expect(names).toMatchObject({
      name: 'nightly_1_HDFS_20240101000000/20240301120000',
      folder,
      label,
      snapshot: '20240301120000',
      unfinished: 'unfinished-20240301120000',
      committing: 'commit-20240301120000',
      manifest: 'nightly_1_HDFS_20240101000000/.snapshot/20240301120000/.cairn/manifest.json',
      writtenManifest: 'nightly_1_HDFS_20240101000000/.cairn/manifest.json',
    });
    expect(names.index('ab')).toBe('nightly_1_HDFS_20240101000000/.snapshot/20240301120000/.cairn/index/ab');
    expect(names.writtenIndex('ab')).toBe('nightly_1_HDFS_20240101000000/.cairn/index/ab');
    expect(names.tree(3)).toBe('data/3');
    expect(folderOf(names.name)).toBe(folder);
  });

  it('say again what they were made of, whatever that was', () => {
    fc.assert(
      fc.property(anyDataParts, digits, (made, of) => {
        expect(parseDataFolder(dataFolder(made))).toEqual(made);
        expect(parseSetName(dataSetName(dataFolder(made), of))).toEqual({ family: 'data', ...made, label: of });
      }),
    );
  });

  it('are never taken for those of metadata', () => {
    const name = dataSetName(folder, label);
    expect([familyOf(name), familyOf(setNames(parts).name)]).toEqual(['data', 'metadata']);
    expect([manifestOf(name), manifestOf(setNames(parts).name)]).toEqual([
      dataNames(name).manifest,
      setNames(parts).manifest,
    ]);
    expect(() => namesOf(name)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    expect(() => dataNames(setNames(parts).name)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    expect(isManifest(`${name}.manifest.json`)).toBe(false);
  });

  it.each([
    { task: '../x' },
    { task: '' },
    { root: 'a/b' },
    { creation: '2024' },
    { source: 'nameNode' as const },
    { source: 'hbaseMetadata' as const },
  ])('are not made: %j is refused', (wrong) => {
    const right = { root: '', task: 'a', creation: '20240101000000', source: 'hdfs' as const };
    expect(() => dataFolder({ ...right, ...wrong })).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it.each([
    ['nightly_20240101000000', label],
    ['nightly_NameNode_20240101000000', label],
    ['x/y/nightly_HDFS_20240101000000', label],
    ['nightly_HDFS_20240101000000', 'unfinished-20240301120000'],
    ['nightly_HDFS_20240101000000', ''],
  ])('are not made of the folder %j and the label %j', (somewhere, wrong) => {
    expect(() => dataSetName(somewhere, wrong)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('foreign names', () => {
  it.each([
    '',
    '/',
    'notes.manifest.json',
    'a_20240101000000/notes.manifest.json',
    'a_20240101000000/3.3.0_NameNode_2024.manifest.json',
    'a_20240101000000/3.3.0_Name_Node_20240101000000.manifest.json',
    'a_20240101000000/.3.3.0_NameNode_20240101000000.manifest.json.part',
    'x/y/a_20240101000000/3.3.0_NameNode_20240101000000.manifest.json',
    '../a_20240101000000/3.3.0_NameNode_20240101000000.manifest.json',
    '/a_20240101000000/3.3.0_NameNode_20240101000000.manifest.json',
  ])('such as %j belong to no set', (name) => {
    expect(isManifest(name)).toBe(false);
    expect(setOfArchive(name.replace('.manifest.json', '.tar.gz'))).toBeUndefined();
  });

  it('never make the parser fail, and what it takes it can write again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a1_.\/-]{0,60}$/), almostNames), (name) => {
        const found = parseSetName(name);
        expect(found === undefined || writtenAgain(found) === name).toBe(true);
      }),
    );
  });

  it.each([
    { task: '../x' },
    { task: '' },
    { root: '..' },
    { root: 'a/b' },
    { creation: '2024' },
    { label: '20240301120000/..' },
    { version: '3' },
    { writtenAs: 'Name_Node' },
  ])('are not made: %j is refused', (wrong) => {
    expect(() => setNames({ ...parts, ...wrong })).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it('are refused with a hint how a set is called', () => {
    const refused = catchOf(() => namesOf('somewhere/else'));
    expect(isKind(refused, 'invalid')).toBe(true);
    expect(String(refused)).toContain('HINT: a set is called');
  });
});

function catchOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
