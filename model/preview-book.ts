import { type ClusterState, taskOf, type TaskState } from './cluster-state';
import { type Label, labelAt } from './label';
import { periodOf } from './periodic';
import type { RunIdentity, RunKind } from './run';
import type { RunEstimate, RunEstimates } from './run-estimate';
import { type OlderRuns, openSetsKept, type SetsAhead } from './sets-ahead';

/** A run to come, or a planned time that leads to none. Times: milliseconds since 1970. */
export interface RunAhead {
  readonly task: string;
  readonly what: 'goesOn' | 'waits' | 'planned' | 'postponed';
  readonly planned?: number;
  /** Absent of a postponed one, and where the preview ends before it starts. */
  readonly starts?: number;
  /** From its planned time until it starts; of one that waits already: from now. */
  readonly waitsSeconds?: number;
  /** Absent where nothing is known of its length; none is assumed. */
  readonly seconds?: number;
  /** The length is estimated from the volume, because no run has told it yet. */
  readonly estimated?: true;
  /** Why it is postponed. */
  readonly reason?: string;
}

/** A backup task in the time that is looked at. */
export interface TaskAhead extends RunEstimate {
  readonly task: string;
  readonly locked: boolean;
  readonly periodSeconds?: number;
  readonly runs: number;
  readonly postponed: number;
  readonly longestWaitSeconds: number;
  /** Its longest series of planned times that are postponed one after the other. */
  readonly inARow?: PostponedInARow;
}

export interface PostponedInARow {
  readonly times: number;
  readonly first: number;
  /** Of the first one. */
  readonly reason: string;
}

/** A day in UTC. */
export interface DayAhead {
  /** `yyyy-MM-dd`. */
  readonly day: string;
  /** That start on it. */
  readonly runs: number;
  readonly postponed: number;
  /** Of the runs that start on it. */
  readonly longestWaitSeconds: number;
  /** What all that is planned for the day would take, also what is postponed. */
  readonly plannedSeconds: number;
  /** At its end, of all backup tasks by name. */
  readonly sets: readonly SetsAhead[];
}

/** Takes down what happens, in the order of time; keeps sums and the first few runs only, however many there are. */
export interface PreviewBook {
  /** It is so late now. */
  reach(clock: number): void;
  waits(key: string, task: string, planned: number): void;
  postponed(task: string, planned: number, reason: string): void;
  starts(run: RunIdentity, clock: number): void;
  ends(kind: RunKind, task: string, label: Label): void;
  /** All days until then are over. */
  close(until: number): {
    readonly tasks: readonly TaskAhead[];
    readonly next: readonly RunAhead[];
    readonly days: readonly DayAhead[];
  };
}

const dayMs = 86_400_000;
/** A year of a hundred hourly tasks would be more than anybody's memory. */
const toldRuns = 10_000;

type Writable<T> = { -readonly [field in keyof T]: T[field] };
interface TaskCount extends Writable<TaskAhead> {
  row?: Writable<PostponedInARow> | undefined;
}
interface Waiter {
  readonly since: number;
  readonly shown: Writable<RunAhead> | undefined;
}

export function openPreviewBook(
  state: ClusterState,
  estimates: RunEstimates,
  now: number,
  older?: OlderRuns,
): PreviewBook {
  const names = Object.keys(state.tasks).sort();
  const counts = new Map(names.map((name) => [name, newCount(taskOf(state, name)!, estimates.get(name)!)]));
  const sets = openSetsKept(state, older, (task) => estimates.get(task)?.bytes ?? 0);
  const next: Writable<RunAhead>[] = [];
  const days: DayAhead[] = [];
  const waiting = new Map<string, Waiter>();
  let day = newDay(now);

  const show = (run: RunAhead) => (next.length < toldRuns ? next[next.push(run) - 1] : undefined);
  const lengthOf = (task: string) => {
    const { estimated, seconds = 0 } = counts.get(task) ?? {};
    if (estimated === 'median') return { seconds };
    return estimated === 'volume' ? { seconds, estimated: true as const } : {};
  };
  const plan = (task: string) => void (day.plannedSeconds += lengthOf(task).seconds ?? 0);
  const reach = (clock: number) => {
    for (; clock >= day.ends; day = newDay(day.ends)) {
      const { ends: _end, ...counted } = day;
      days.push({ ...counted, sets: sets.kept() });
    }
  };

  const { running, queue } = state;
  if (running !== undefined)
    show({
      task: running.task,
      what: 'goesOn',
      starts: running.since,
      ...(running.kind === 'cleanUp' ? {} : lengthOf(running.task)),
    });
  for (const { key, task } of queue)
    waiting.set(key, { since: now, shown: show({ task, what: 'waits', ...lengthOf(task) }) });

  return {
    reach,
    waits(key, task, planned) {
      plan(task);
      counts.get(task)!.row = undefined;
      waiting.set(key, { since: planned, shown: show({ task, what: 'planned', planned, ...lengthOf(task) }) });
    },
    postponed(task, planned, reason) {
      plan(task);
      day.postponed += 1;
      countPostponed(counts.get(task)!, planned, reason);
      show({ task, what: 'postponed', planned, ...lengthOf(task), reason });
    },
    starts({ key, task }, clock) {
      const { since, shown } = waiting.get(key) ?? { since: clock, shown: undefined };
      const waitsSeconds = Math.round((clock - since) / 1000);
      waiting.delete(key);
      countStart(day, waitsSeconds);
      countStart(counts.get(task)!, waitsSeconds);
      if (shown !== undefined) Object.assign(shown, { starts: clock, waitsSeconds });
    },
    ends(kind, task, label) {
      if (kind === 'backup' && task !== '') sets.made(task, label, counts.get(task)?.bytes ?? 0);
    },
    close(until) {
      reach(until);
      const tasks = [...counts.values()].filter(({ task }) => taskOf(state, task)!.spec.kind === 'backup');
      return { tasks: tasks.map(({ row: _row, ...count }) => count), next, days };
    },
  };
}

function newCount({ spec, locked }: TaskState, estimate: RunEstimate): TaskCount {
  const period = periodOf(spec);
  return {
    task: spec.name,
    locked: locked !== undefined,
    ...(period && { periodSeconds: period.seconds }),
    ...estimate,
    runs: 0,
    postponed: 0,
    longestWaitSeconds: 0,
  };
}

function newDay(moment: number) {
  const ends = (Math.floor(moment / dayMs) + 1) * dayMs;
  const day = labelAt(ends - 1).replace(/^(\d{4})(\d\d)(\d\d).*/, '$1-$2-$3');
  return { day, ends, runs: 0, postponed: 0, longestWaitSeconds: 0, plannedSeconds: 0 };
}

function countStart(count: { runs: number; longestWaitSeconds: number }, waitsSeconds: number): void {
  count.runs += 1;
  count.longestWaitSeconds = Math.max(count.longestWaitSeconds, waitsSeconds);
}

function countPostponed(count: TaskCount, first: number, reason: string): void {
  count.postponed += 1;
  count.row ??= { times: 0, first, reason };
  count.row.times += 1;
  if (count.row.times > (count.inARow?.times ?? 0)) count.inARow = { ...count.row };
}
