import fc from 'fast-check';
import { type ClusterState, newCluster, shortRun, type TaskState } from '../../model/cluster-state';
import { type Label, labelAt } from '../../model/label';
import { type Outcome, outcomes } from '../../model/run';
import { counted, type RunCounts, samplesOfCounts } from '../../model/run-counts';
import { productSettings } from '../../model/settings';
import type { Task } from '../../model/task';

const since = Date.UTC(2026, 10, 22, 17, 0, 0);
const facts = { id: '1', version: '3.3.0', services: {}, localBackupHosts: [], hosts: [], settings: productSettings };

/** A run that ended so many seconds after the counting began. */
function endedAt(second: number, outcome: Outcome = 'Successful', bytes = 10): string {
  return shortRun({ label: labelAt(since + (second - 5) * 1000), seconds: 5, outcome, trigger: 'manual', bytes });
}

function state(runs: readonly string[], creation: Label = '20261101000000'): ClusterState {
  const spec = { kind: 'backup', name: 'nn', cluster: '1' } as Task;
  const task: TaskState = { spec, creation, status: 'Ready', runs: [...runs].reverse().slice(0, 10) };
  return { ...newCluster(facts), tasks: { nn: task } };
}

/** What is told after these looks, one after the other: Successful, Failed, Stopped, bytes. */
function after(...looks: readonly ClusterState[]): number[] {
  const counts = looks.reduce<RunCounts>((before, look) => counted(before, look, since), new Map());
  return samplesOfCounts('1', counts).map(({ value }) => value);
}

test('runs that ended before the counting began do not count, one that ended before the first look does', () => {
  expect(after(state([endedAt(-60), endedAt(-1)]))).toEqual([0, 0, 0, 0]);
  expect(after(state([endedAt(-60), endedAt(1)]))).toEqual([1, 0, 0, 10]);
});

test('a run counts once, however often it is looked at', () => {
  const look = state([endedAt(10), endedAt(20, 'Failed', 3)]);
  expect(after(look, look, look)).toEqual([1, 1, 0, 13]);
});

test('a task that is new counts from its first run, and one that is made again from zero', () => {
  const none = newCluster(facts);
  expect(after(none, state([endedAt(10)]))).toEqual([1, 0, 0, 10]);
  expect(after(state([endedAt(10)]), none)).toEqual([]);
  expect(after(state([endedAt(10), endedAt(20)]), state([], '20261122170100'))).toEqual([0, 0, 0, 0]);
});

test('however the looks fall, each run counts exactly once as long as no more than ten end between two of them', () => {
  const history = fc.array(fc.record({ outcome: fc.constantFrom(...outcomes), looks: fc.boolean() }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(history, (steps) => {
      const runs = steps.map(({ outcome }, place) => endedAt(10 * place, outcome));
      const looks = steps.flatMap(({ looks }, place) =>
        looks || place % 10 === 9 ? [state(runs.slice(0, place + 1))] : [],
      );
      const expected = outcomes.map((outcome) => steps.filter((step) => step.outcome === outcome).length);
      expect(after(...looks, state(runs))).toEqual([...expected, 10 * runs.length]);
    }),
  );
});
