import fc from 'fast-check';
import { isKind } from '../../model/errors';
import { isSafeRelativeName } from '../../model/names';
import { folderOf, isManifestName, namesOf, parseSetName, setFolder, setNames, setOfArchive } from '../../sets/layout';
import { parts } from './fixture';

const digits = fc.stringMatching(/^\d{14}$/);
const anyParts = fc.record({
  root: fc.oneof(fc.constant(''), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/)),
  task: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  creation: digits,
  version: fc.stringMatching(/^\d{1,4}(\.\d{1,4}){1,3}(-[A-Za-z0-9.]{1,20})?$/),
  writtenAs: fc.stringMatching(/^(NameNode|OMS)(-[A-Za-z0-9][A-Za-z0-9-]{0,63})?$/),
  label: digits,
});

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
    fc.assert(fc.property(anyParts, (made) => expect(parseSetName(setNames(made).name)).toEqual(made)));
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
    expect(parseSetName(setNames(tricky).name)).toEqual(tricky);
  });

  it('stay inside the target', () => {
    fc.assert(fc.property(anyParts, (made) => expect(isSafeRelativeName(setNames(made).manifest)).toBe(true)));
  });

  it('lead from an object to its set and folder', () => {
    const { name, archive, manifest } = setNames(parts);
    expect(namesOf(name)).toEqual({ name, archive, manifest });
    expect(setOfArchive(archive)).toBe(name);
    expect(folderOf(name)).toBe(setFolder(parts));
    expect([archive, manifest, name].map(isManifestName)).toEqual([false, true, false]);
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
    expect(isManifestName(name)).toBe(false);
    expect(setOfArchive(name.replace('.manifest.json', '.tar.gz'))).toBeUndefined();
  });

  it('never make the parser fail, and what it takes it can write again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a1_.\/-]{0,60}$/)), (name) => {
        const found = parseSetName(name);
        expect(found === undefined || setNames(found).name === name).toBe(true);
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
