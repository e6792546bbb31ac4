import type { ShortRun } from '../../model/cluster-state';
import { estimateOf } from '../../model/run-estimate';
import type { BackupTask, TaskSource } from '../../model/task';

const MiB = 1024 ** 2;
const target = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' } as const;
const hdfs = (limits: { maps: number; bandwidth: number }): TaskSource => ({
  source: 'hdfs',
  entry: { source: 'hdfs', nameService: 'hacluster', paths: ['/a'], recoveryPoints: 1, queue: 'q', ...limits },
  target,
  copies: 1,
});
const nameNode: TaskSource = { source: 'nameNode', entry: { source: 'nameNode' }, target, copies: 1 };
const task = (...sources: TaskSource[]): BackupTask => ({
  kind: 'backup',
  name: 't',
  cluster: 'c',
  mode: 'manual',
  sources,
});
const run = (seconds: number, outcome: ShortRun['outcome'], bytes = 7): ShortRun => ({
  label: '20261122171500',
  seconds,
  outcome,
  trigger: 'manual',
  bytes,
});

const slow = task(nameNode, hdfs({ maps: 2, bandwidth: 10 }));

test('before the first success it is volume ÷ bandwidth × 1.5, with what all maps may take together', () => {
  const volume = { hdfs: 200 * MiB };
  expect(estimateOf(slow, [], volume)).toEqual({ estimated: 'volume', seconds: 15, bytes: 200 * MiB });
  expect(estimateOf(slow, [run(1, 'Failed'), run(2, 'Stopped')], volume)).toMatchObject({ seconds: 15 });
  expect(estimateOf(task(hdfs({ maps: 20, bandwidth: 100 })), [], volume)).toMatchObject({ seconds: 1 });
});

test('from the first success on its own runs tell, and the volume no more', () => {
  const runs = [run(100, 'Failed'), run(10, 'Successful', 5), run(30, 'Successful', 9)];
  expect(estimateOf(slow, runs, { hdfs: 200 * MiB })).toEqual({ estimated: 'median', seconds: 20, bytes: 7 });
});

test('without runs and without a volume nothing is known', () => {
  const none = { estimated: 'none', seconds: 0, bytes: 0 };
  expect(estimateOf(slow, [])).toEqual(none);
  expect(estimateOf({ kind: 'restoration', name: 'r', cluster: 'c', sets: [] }, [], { hdfs: 1 })).toEqual(none);
});
