import { chosenSet, selectSets } from '../../client/choose-sets';
import type { LocatedSet } from '../../client';
import type { SourceKind } from '../../model/kinds';

function set(task: string, label: string, source: SourceKind = 'nameNode'): LocatedSet {
  const name = `c1/${task}_20260101000000/3.3.0_${source}_${label}`;
  return {
    name,
    label,
    task,
    creation: '20260101000000',
    cluster: 'c1',
    source,
    part: 'hacluster',
    family: 'metadata',
    productVersion: '3.3.0',
    bytes: 1,
    verified: 'readBack',
    target: { kind: 'localDir' },
  };
}

const [old, mid, late] = ['20260102000000', '20260103000000', '20260104000000'] as const;
const damaged: LocatedSet = {
  name: 'c1/nn_20260101000000/x',
  label: late,
  task: 'nn',
  creation: '20260101000000',
  problem: 'gone',
  target: { kind: 'localDir' },
};
const all = [set('nn', old), set('nn', mid), set('other', mid), set('nn', mid, 'yarn'), damaged];
const names = (chosen: readonly LocatedSet[]) => chosen.map(({ task, label }) => `${task} ${label}`);

it('by name: in the order that was asked for', () => {
  expect(selectSets(all, { names: [all[1]!.name, all[0]!.name] })).toEqual([all[1], all[0]]);
});

it('by a label: of all tasks; with a task before it: of that one', () => {
  expect(names(selectSets(all, { run: mid }))).toEqual([`nn ${mid}`, `other ${mid}`, `nn ${mid}`]);
  expect(names(selectSets(all, { run: `other@${mid}` }))).toEqual([`other ${mid}`]);
  expect(names(selectSets(all, { run: mid, task: 'other' }))).toEqual([`other ${mid}`]);
});

it('the latest run is the newest of which a sound set stands', () => {
  expect(selectSets(all, { run: 'nn@latest' }).map(({ label }) => label)).toEqual([mid, mid]);
});

describe('by the path that the product shows', () => {
  const data: LocatedSet = {
    ...set('nn', mid, 'hdfs'),
    name: `nn_HDFS_20260101000000/${mid}`,
    family: 'data',
    target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
  };
  const chosen = (backupPath: string, recoveryPoint?: string) =>
    selectSets([...all, data], { backupPath, recoveryPoint }).map(({ name }) => name);

  it.each([
    '/srv/BigData/LocalBackup/c1/nn_20260101000000',
    'LocalBackup/c1/nn_20260101000000/',
    'c1/nn_20260101000000',
    'nn_20260101000000',
  ])('%s of a folder of metadata, with a recovery point, takes all sets of that run', (path) => {
    expect(chosen(path, mid)).toEqual([all[1]!.name, all[3]!.name]);
    expect(chosen(path, 'latest')).toEqual([all[1]!.name, all[3]!.name]);
    expect(selectSets(all, { backupPath: path, recoveryPoint: mid, sources: ['yarn'] })).toEqual([all[3]]);
  });

  it.each([
    '/backup/nn_HDFS_20260101000000',
    'hdfs://haclusterX/backup/nn_HDFS_20260101000000',
    'nn_HDFS_20260101000000',
  ])('%s of a folder of service data, with a recovery point, takes that set', (path) =>
    expect(chosen(path, mid)).toEqual([data.name]),
  );

  it.each(['/srv/LocalBackup/c1/nn_20260101000000/', 'nn_20260101000000/', ''])(
    'of an archive of metadata in %j takes that one',
    (folder) => expect(chosen(`${folder}3.3.0_yarn_${mid}.tar.gz`)).toEqual([all[3]!.name]),
  );

  it.each([
    ['/other/nn_HDFS_20260101000000', mid],
    ['/backup/nn_HDFS_20260101000000', late],
    ['n_20260101000000', mid],
    ['c2/nn_20260101000000', mid],
    ['/', mid],
  ])('%s with %s, where none lies, is missing', (path, point) => {
    expect(() => chosen(path, point)).toThrow(
      expect.objectContaining({
        kind: 'missing',
        what: `no set of path "${path}" and recovery point "${point}" is there`,
      }) as Error,
    );
  });
});

it('of some sources: others are left out, damaged ones are not passed over in silence', () => {
  expect(selectSets(all, { run: `nn@${mid}`, sources: ['yarn'] })).toEqual([all[3]]);
  expect(selectSets(all, { task: 'nn', sources: ['yarn'] })).toEqual([all[3], damaged]);
});

it.each([
  [{ names: ['nothing'] }],
  [{ run: 'nn@20010101000000' }],
  [{ run: 'nobody@latest' }],
  [{ task: 'nobody' }],
  [{ task: 'other', sources: ['yarn'] }],
])('%j is missing', (choice) => {
  expect(() => selectSets(all, choice)).toThrow(expect.objectContaining({ kind: 'missing' }) as Error);
});

it('a restoration holds what the set says of itself', () => {
  const { target, name, label } = set('nn', old);
  expect(chosenSet(set('nn', old))).toEqual({
    target,
    name,
    label,
    source: 'nameNode',
    part: 'hacluster',
    cluster: 'c1',
    productVersion: '3.3.0',
  });
});

it('a damaged set is not restored, nor one of a source that cairn cannot restore yet', () => {
  expect(() => chosenSet(damaged)).toThrow(expect.objectContaining({ kind: 'corrupt' }) as Error);
  expect(() => chosenSet(set('nn', old, 'yarn'))).toThrow(expect.objectContaining({ kind: 'unsupported' }) as Error);
});
