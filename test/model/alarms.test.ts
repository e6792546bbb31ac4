import { type Alarm, type ClusterState, newCluster, withTask } from '../../model/cluster-state';
import type { ChosenSet, RestorationTask } from '../../model/task';
import { backupTask } from './cluster-history';
import { end, facts, order, resultOf, startNext } from './notified';

const now = Date.UTC(2026, 10, 26, 10);
const alarm: Alarm = { id: '12035', task: 'back', raised: now, text: 'nobody knows' };

function set(more: Partial<ChosenSet> = {}): ChosenSet {
  return {
    target: { kind: 'localDir' },
    name: '1/nn_20261126000000/3.3.0_NameNode_20261126010000',
    source: 'nameNode',
    part: 'hacluster',
    label: '20261126010000',
    cluster: '1',
    productVersion: '3.3.0',
    ...more,
  };
}

const data = (more: Partial<ChosenSet> = {}) =>
  set({ source: 'hdfs', part: '', name: 'daily_HDFS_20261126000000/20261126010000', ...more });
const at = (...paths: string[]) => ({ paths: paths.map((path) => ({ path, to: path })) });

function restoration(name: string, ...sets: ChosenSet[]): RestorationTask {
  return { kind: 'restoration', name, cluster: '1', sets };
}

/** A cluster in which nobody knows what a restoration of these sets has left. */
function unknownAfter(...sets: ChosenSet[]): ClusterState {
  const cluster = { ...facts, services: { nameNode: { nameServices: ['hacluster', 'ns2'] } } };
  const put = withRestoration(newCluster(cluster), restoration('back', ...sets));
  return { ...withTask(put, 'back', { status: 'Failed' }), alarms: [alarm] };
}

/** Put as an older version may have put it: what the rules of today say of sets does not matter here. */
function withRestoration(state: ClusterState, spec: RestorationTask): ClusterState {
  const added = { spec, creation: '20261126000000', status: 'Ready', runs: [] } as const;
  return { ...state, tasks: { ...state.tasks, [spec.name]: added } };
}

/** After another restoration of these sets has ended so. */
function after(state: ClusterState, outcome: 'Successful' | 'Failed', ...sets: ChosenSet[]) {
  const made = withRestoration(state, restoration('other', ...sets));
  const going = startNext(order(made, { do: 'start', task: 'other', trigger: 'manual' }, now).state, now).state;
  const result = resultOf(going.running!, outcome, now + 60_000);
  return end(going, { status: 'completed', result }, now + 60_000);
}

const isCleared = (state: ClusterState, ...sets: ChosenSet[]) =>
  after(state, 'Successful', ...sets).state.alarms.length === 0;

describe('an alarm names', () => {
  const part = { source: 'nameNode', part: 'hacluster', outcome: 'Failed', bytes: 0, files: 0, reason: 'why' } as const;
  const parts = [
    { ...part, outcome: 'Successful' as const },
    { ...part, part: 'ns2' },
    { ...part, source: 'hdfs' as const },
  ];
  const period = { started: now, seconds: 3600 };

  test('the sources that failed in a periodic run', () => {
    const put = order(newCluster(facts), { do: 'putTask', task: backupTask('daily', period) }, now - 1000).state;
    const going = startNext(order(put, { do: 'trigger', task: 'daily', planned: now }, now).state, now).state;
    const failed = end(going, { status: 'failed', result: resultOf(going.running!, 'Failed', now, parts) }, now);
    const text = 'its periodic run 20261126100000 failed: nameNode, hdfs';
    expect(failed.state.alarms).toMatchObject([{ id: '12034', task: 'daily', text }]);
    expect(failed.told.at(-1)).toMatchObject({ type: 'alarm.raised', reason: text });
    expect(end(going, { status: 'terminated' }, now).state.alarms).toMatchObject([
      { text: 'its periodic run 20261126100000 failed' },
    ]);
  });

  test('the sources that a restoration could not bring back', () => {
    const put = withRestoration(newCluster(facts), restoration('back', set()));
    const going = startNext(order(put, { do: 'start', task: 'back', trigger: 'manual' }, now).state, now).state;
    const result = resultOf(going.running!, 'Failed', now, [parts[2]!, { ...part, revertFailed: true }]);
    const text = 'restoration "back" failed and the state before could not be brought back: nameNode';
    expect(end(going, { status: 'failed', result }, now).state.alarms).toMatchObject([{ id: '12035', text }]);
  });
});

describe('ALM-12035', () => {
  test('goes when another restoration of the same succeeds, and whoever is told hears which', () => {
    const { state, told } = after(unknownAfter(set()), 'Successful', set({ name: '1/x/earlier' }));
    expect(state.alarms).toEqual([]);
    expect(told.map(({ type, task }) => `${task} ${type}`)).toEqual(['other run.successful', 'back alarm.cleared']);
    expect(told[1]!.reason).toBe('restoration other was successful, run 20261126100000: it replaced the same');
  });

  test('stays when that fails, or is of another part, or of less', () => {
    expect(after(unknownAfter(set()), 'Failed', set()).state.alarms).toEqual([alarm]);
    expect(isCleared(unknownAfter(set()), set({ part: 'ns2' }))).toBe(false);
    expect(isCleared(unknownAfter(set(), set({ part: 'ns2' })), set())).toBe(false);
    expect(isCleared(unknownAfter(set(), set({ part: 'ns2' })), set({ part: 'ns2' }), set())).toBe(true);
    expect(isCleared(unknownAfter(set()), data())).toBe(false);
  });

  test('of directories goes when all of them are replaced from sets of the same task', () => {
    const later = { name: 'daily_HDFS_20261126000000/20261126020000' };
    expect(isCleared(unknownAfter(data()), data(later))).toBe(true);
    expect(isCleared(unknownAfter(data()), data({ name: 'weekly_HDFS_20261126000000/20261126020000' }))).toBe(false);
    expect(isCleared(unknownAfter(data()), data(at('/a')))).toBe(false);
    expect(isCleared(unknownAfter(data(at('/a'))), data(at('/b', '/a')))).toBe(true);
    expect(isCleared(unknownAfter(data(at('/a', '/b'))), data(at('/a')))).toBe(false);
    const beside = { paths: [{ path: '/a', to: '/beside' }] };
    expect(isCleared(unknownAfter(data(at('/a'))), data(beside))).toBe(false);
  });

  test('goes with its task, and the answer says so', () => {
    const { state, answer, told } = order(unknownAfter(set()), { do: 'deleteTask', task: 'back' }, now);
    expect(state.alarms).toEqual([]);
    const did = expect.stringContaining(
      'deleted; its sets stay; ALM-12035 is cleared with it: make sure by hand',
    ) as string;
    expect(answer).toMatchObject({ did });
    expect(told).toMatchObject([{ type: 'alarm.cleared', reason: 'the task was deleted' }]);
  });

  test('that is left of a task from older times goes when that is deleted once more', () => {
    const left = { ...unknownAfter(set()), tasks: {} };
    const { state, answer } = order(left, { do: 'deleteTask', task: 'back' }, now);
    expect(state.alarms).toEqual([]);
    expect(answer).toMatchObject({ accepted: true, did: expect.stringMatching(/^ALM-12035 is cleared/) as string });
    expect(order(state, { do: 'deleteTask', task: 'back' }, now).answer).toMatchObject({ refusal: 'unknownTask' });
  });
});
