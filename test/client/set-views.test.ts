import type { LocatedSet } from '../../client';
import { groupByRun, setLines, setListLines } from '../../client/commands/set-views';

const common = {
  task: 'nightly',
  creation: '20260101000000',
  cluster: 'c1',
  productVersion: '3.3.0',
  label: '20260102000000',
} as const;
const metadata: LocatedSet = {
  ...common,
  name: 'c1/nightly_20260101000000/3.3.0_NameNode_20260102000000',
  source: 'nameNode',
  part: 'hacluster',
  family: 'metadata',
  bytes: 1024,
  verified: 'readBack',
  target: { kind: 'localDir' },
};
const trees = ['/a', '/a long way/down/to/what/people/call/their/table', '/c'].map((path, place) => ({
  path,
  files: 10 + place,
  directories: 3,
  bytes: 2048,
  unverified: place,
}));
const data: LocatedSet = {
  ...common,
  name: 'nightly_HDFS_20260101000000/20260102000000',
  source: 'hdfs',
  part: '',
  family: 'data',
  bytes: 6144,
  paths: trees.map(({ path }) => path),
  trees,
  verified: 'unverified',
  target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
};
const damaged: LocatedSet = {
  label: common.label,
  task: common.task,
  creation: common.creation,
  name: data.name,
  problem: 'its manifest is gone',
  target: data.target,
};

const runsOf = (...sets: LocatedSet[]) => groupByRun(sets).map((run) => run.sets.length);

describe('sets of one run', () => {
  it('are listed as one, whatever their families and targets', () => {
    expect(groupByRun([metadata, data])).toEqual([{ ...headOf(metadata), cluster: 'c1', sets: [metadata, data] }]);
  });

  it('are apart from those of another run, task, creation or cluster', () => {
    for (const change of [
      { label: '20260103000000' },
      { task: 'weekly' },
      { creation: '20250101000000' },
      { cluster: 'c2' },
    ])
      expect(runsOf(metadata, { ...data, ...change })).toEqual([1, 1]);
  });

  it('stay together when one of them is damaged, and does not tell its cluster', () => {
    expect(runsOf(metadata, damaged)).toEqual([2]);
    expect(groupByRun([damaged, metadata])[0]).toMatchObject({ cluster: 'c1' });
    expect(groupByRun([damaged])[0]).not.toHaveProperty('cluster');
  });

  it('a damaged one on a disk belongs to the cluster that its folder names', () => {
    const ofOther = { ...damaged, name: metadata.name.replace('c1/', 'c2/'), target: metadata.target };
    expect(groupByRun([metadata, ofOther]).map(({ cluster }) => cluster)).toEqual(['c1', 'c2']);
  });
});

function headOf({ label, task, creation }: LocatedSet) {
  return { label, task, creation };
}

it('the list tells family, paths, size, and how it was verified', () => {
  const [head, first, second] = setListLines(groupByRun([metadata, data]), false).map((line) => line.trimEnd());
  expect(head).toMatch(/^run +label +task +source +family +bytes +verified +set$/);
  expect(first).toMatch(/nightly +nameNode hacluster +metadata +1\.0 KiB +readBack +c1\/nightly_/);
  expect(second).toMatch(/^ +hdfs \/a, ….*their\/table, … 1 more +service data +6\.0 KiB +unverified +nightly_HDFS_/);
  expect(second).not.toContain('/a long way');
});

it('a set of service data is shown with its target and what each directory holds', () => {
  const lines = setLines(data).map((line) => line.trimEnd());
  expect(lines).toContainEqual(expect.stringMatching(/^target: +remoteHdfs haclusterX:\/backup$/));
  expect(lines).toContainEqual(expect.stringMatching(/^tree +directory +files +directories +bytes +unverified files$/));
  expect(lines).toContainEqual(expect.stringMatching(/^data\/2 +\/c +12 +3 +2\.0 KiB +2$/));
});

it('a set of metadata has no directories to show', () => {
  expect(setLines(metadata).join('\n')).not.toContain('data/0');
});
