import { type ClusterState, parseShortRun, type TaskState } from './cluster-state';
import type { Label } from './label';
import { setsToPrune } from './retention';
import type { BackupTask } from './task';

/** What a task's sets take and which recovery points they are, at some moment. */
export interface SetsAhead {
  readonly task: string;
  /** The kinds of target that its sources go to; bytes are known of whole runs only. */
  readonly targets: readonly string[];
  readonly bytes: number;
  /** Recovery points that exist, one for each run that is kept. */
  readonly points: number;
  /** Oldest first. */
  readonly labels: readonly Label[];
  readonly oldest?: Label;
  readonly newest?: Label;
}

/** The sets that exist while runs to come are played through. */
export interface SetsKept {
  /** A run has left its sets. */
  made(task: string, label: Label, bytes: number): void;
  /** What is left when the oldest ones have gone, task by task. */
  kept(): SetsAhead[];
}

interface Point {
  readonly name: string;
  readonly label: Label;
  readonly bytes: number;
}

/** Successful runs of a task that are older than those that its cluster carries, by task. */
export type OlderRuns = ReadonlyMap<string, readonly Label[]>;

/** Begins with the successful ones of the runs that are carried, and of older ones, which take as much as is `usual`. */
export function openSetsKept(
  { tasks }: ClusterState,
  older: OlderRuns = new Map(),
  usual: (task: string) => number = () => 0,
): SetsKept {
  const backups = Object.values(tasks).filter(({ spec }) => spec.kind === 'backup');
  const before = ({ spec: { name } }: TaskState) =>
    [...(older.get(name) ?? [])].sort().map((label) => ({ name: label, label, bytes: usual(name) }));
  const points = new Map(backups.map((task) => [task.spec.name, [...before(task), ...pointsOf(task)]]));
  return {
    made: (task, label, bytes) => void points.get(task)?.push({ name: label, label, bytes }),
    kept: () =>
      backups.map(({ spec }) => {
        const left = prune(points.get(spec.name)!, spec as BackupTask);
        points.set(spec.name, left);
        return setsAhead(spec as BackupTask, left);
      }),
  };
}

function pointsOf({ runs }: TaskState): Point[] {
  return runs
    .map(parseShortRun)
    .filter(({ outcome }) => outcome === 'Successful')
    .map(({ label, bytes }) => ({ name: label, label, bytes }))
    .reverse();
}

/** A label is a recovery point as long as one of its sources keeps it. */
function prune(points: Point[], { sources }: BackupTask): Point[] {
  const copies = Math.max(...sources.map((one) => one.copies));
  // So that thousands of them are not sorted day by day for nothing.
  if (points.length <= copies) return points;
  const gone = new Set(setsToPrune(points, copies, new Set()));
  return points.filter(({ name }) => !gone.has(name));
}

function setsAhead({ name, sources }: BackupTask, points: readonly Point[]): SetsAhead {
  const [oldest, newest] = [points[0]?.label, points.at(-1)?.label];
  return {
    task: name,
    targets: [...new Set(sources.map(({ target }) => target.kind))],
    bytes: points.reduce((sum, { bytes }) => sum + bytes, 0),
    points: points.length,
    labels: points.map(({ label }) => label),
    ...(oldest !== undefined && { oldest }),
    ...(newest !== undefined && { newest }),
  };
}
