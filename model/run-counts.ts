import { type ClusterState, parseShortRun, type ShortRun, type TaskState } from './cluster-state';
import { type Label, timeOf } from './label';
import { namesOf, type Sample, sample, samplesIn } from './metrics';
import { type Outcome, outcomes } from './run';

/**
 * Runs of a cluster's tasks that ended since a worker began to look, by task. A state tells the latest ten runs of a
 * task only: so they are counted at each look, each run once, by its label.
 */
export type RunCounts = ReadonlyMap<string, TaskCount>;

interface TaskCount {
  readonly creation: Label;
  readonly names: Sample['labels'];
  /** The newest run that has been looked at. */
  readonly upTo: Label;
  readonly runs: { readonly [outcome in Outcome]: number };
  readonly bytes: number;
}

/** The counts after one more look. Runs that ended before `since` (milliseconds since 1970) do not count; a task that is gone is forgotten. */
export function counted(before: RunCounts, { tasks }: ClusterState, since: number): RunCounts {
  return new Map(Object.entries(tasks).map(([name, task]) => [name, countedTask(before.get(name), task, since)]));
}

/** The counts of a cluster, as they are told. */
export function samplesOfCounts(cluster: string, counts: RunCounts): Sample[] {
  const samples = [...counts.values()].flatMap(({ names, runs, bytes }) => [
    ...outcomes.map((outcome) => sample('cairn_runs_total', runs[outcome], { ...names, outcome })),
    sample('cairn_run_bytes_total', bytes, names),
  ]);
  return samplesIn(cluster, samples);
}

function countedTask(known: TaskCount | undefined, { spec, creation, runs }: TaskState, since: number): TaskCount {
  const before = known?.creation === creation ? known : undefined;
  const ran = runs.map(parseShortRun);
  const fresh = ran.filter((run) => (before === undefined ? endOf(run) >= since : run.label > before.upTo));
  return {
    creation,
    names: namesOf(spec),
    upTo: ran[0]?.label ?? before?.upTo ?? '',
    runs: withMore(before?.runs ?? { Successful: 0, Failed: 0, Stopped: 0 }, fresh),
    bytes: fresh.reduce((sum, run) => sum + run.bytes, before?.bytes ?? 0),
  };
}

function withMore(before: TaskCount['runs'], fresh: readonly ShortRun[]): TaskCount['runs'] {
  return fresh.reduce((runs, { outcome }) => ({ ...runs, [outcome]: runs[outcome] + 1 }), before);
}

function endOf({ label, seconds }: ShortRun): number {
  return timeOf(label) + seconds * 1000;
}
