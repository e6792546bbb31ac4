import { whatIsReplaced } from '../../client/replaced';
import type { Replacing } from '../../model/data-source';
import type { ChosenSet, RestorationTask } from '../../model/task';

const GiB = 1024 ** 3;
const version = '3.3.0';
const data: ChosenSet = {
  target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
  name: 'nightly_HDFS_20260101000000/20260102000000',
  source: 'hdfs',
  part: '',
  label: '20260102000000',
  cluster: 'c1',
  productVersion: '3.3.0',
};
const metadata: ChosenSet = { ...data, name: 'x', source: 'nameNode', part: 'hacluster', target: { kind: 'localDir' } };

function taskOf(...sets: ChosenSet[]): RestorationTask {
  return { kind: 'restoration', name: 'back', cluster: 'c1', sets };
}

function tree(path: string, change: Partial<Replacing> = {}): Replacing {
  const brings = { files: 2, directories: 1, bytes: GiB };
  return { path, to: path, how: 'nothingThere', openFiles: [], brings, ...change };
}

it('tells of each directory what is there now, how it is kept, and how much room is needed', () => {
  const there = { files: 1, directories: 3, bytes: 1536 };
  const described = [
    [
      tree('/a'),
      tree('/b', { to: '/new/b', there, how: 'aside' }),
      tree('/c', { there: { ...there, files: 12_345 }, how: 'snapshot' }),
    ],
  ];
  expect(whatIsReplaced(taskOf(data), version, { described })).toEqual([
    'directories in HDFS of cluster c1, which will be as they were at 2026-01-02 00:00:00 UTC:',
    '  /a: nothing is there',
    '  /new/b (from /b): 1 file and 3 directories, 1.5 KiB, there now are replaced; it is renamed aside and kept until all has succeeded',
    '  /c: 12,345 files and 3 directories, 1.5 KiB, there now are replaced; it may have snapshots, so it is copied over in place; a snapshot keeps it until all has succeeded',
    '  it needs about 3.0 GiB more in HDFS, times the replication',
  ]);
});

it('warns of files that are open for writing, right below their directory', () => {
  const openFiles = ['/a/log', '/a/wal'];
  const [, first, second] = whatIsReplaced(taskOf(data), version, { described: [[tree('/a', { openFiles })]] });
  expect(first).toContain('/a: ');
  expect(second).toMatch(/^ +WARNING: open for writing .*: \/a\/log, \/a\/wal$/);
});

it('tells of each set its own directories, whatever the order of the families', () => {
  const lines = whatIsReplaced(taskOf(metadata, data, metadata), version, { described: [[tree('/a')]] });
  expect(lines.map((line) => /NameService|directories in|\/a:|it needs|comes after/.exec(line)?.[0])).toEqual([
    'NameService',
    'directories in',
    '/a:',
    'it needs',
    'NameService',
    'comes after',
  ]);
});

it('says what must be started again before the data of a component whose metadata is restored with it', () => {
  const [, , last] = whatIsReplaced(taskOf(metadata, data), version);
  expect(last).toMatch(/^hdfs comes after it and needs NameNode running: start NameNode when its part has succeeded/);
  expect(whatIsReplaced(taskOf(metadata), version)).toHaveLength(1);
});

describe('where nobody knows what is there, it tells what the task says', () => {
  const elsewhere: ChosenSet = { ...data, paths: [{ path: '/b', to: '/new/b' }] };

  it('and nothing more, when nobody was to look', () => {
    expect(whatIsReplaced(taskOf(data), version)).toEqual([
      'all directories of the set, at their own places, in HDFS of cluster c1: what is there is replaced by what was there at ' +
        '2026-01-02 00:00:00 UTC; it is kept until all is restored and compared',
    ]);
    expect(whatIsReplaced(taskOf(elsewhere), version)).toEqual([
      expect.stringMatching(/^\/new\/b \(from \/b\), in HDFS/),
    ]);
  });

  it('and why it would be refused now', () => {
    const refused = '/new/b is a file of HDFS HINT: remove it';
    expect(whatIsReplaced(taskOf(elsewhere), version, { refused })).toEqual([
      expect.stringMatching(/^\/new\/b/),
      `it could not be started now: ${refused}`,
    ]);
  });

  it('and why nobody could look', () => {
    expect(whatIsReplaced(taskOf(elsewhere), version, { unknown: 'no worker' }).at(-1)).toBe(
      'nobody could look what is there now: no worker',
    );
  });
});

it('warns of each set of another product version than the cluster has, where the task takes it all the same', () => {
  const older = { ...data, productVersion: '3.2.0' };
  const task = { ...taskOf(data, older), anyVersion: true };
  const warning =
    'WARNING: set nightly_HDFS_20260101000000/20260102000000 is of product version 3.2.0, the cluster of 3.3.0 (--any-version): ' +
    'it is restored all the same';
  expect(whatIsReplaced(task, version).filter((line) => line.includes('version'))).toEqual([warning]);
  expect(whatIsReplaced({ ...taskOf(data), anyVersion: true }, version)).toEqual(whatIsReplaced(taskOf(data), version));
});

it('says where a set of another cluster comes from', () => {
  const [line] = whatIsReplaced(taskOf({ ...data, cluster: 'c0' }), version, { described: [[tree('/a')]] });
  expect(line).toContain('(the set was made in cluster c0, product version 3.3.0)');
});
