import { type ClusterState, taskOf } from './cluster-state';
import { nextPlanned, type Period, parseNotRun } from './period';
import { latenessOf, periodOf, trigger } from './periodic';
import { type DayAhead, openPreviewBook, type PreviewBook, type RunAhead, type TaskAhead } from './preview-book';
import { warningsOf } from './preview-warnings';
import { ended, nextRun, type RunEnd, started } from './queue';
import { estimatesOf, type Volumes } from './run-estimate';
import type { OlderRuns } from './sets-ahead';

/** The runs to come of a cluster, as far as they can be told from its state. Times: milliseconds since 1970. */
export interface Preview {
  readonly cluster: string;
  readonly from: number;
  /** A midnight in UTC. */
  readonly until: number;
  /** All backup tasks, by name. */
  readonly tasks: readonly TaskAhead[];
  /** The run that goes on, those that wait, then the next planned times: ten thousand at most. */
  readonly next: readonly RunAhead[];
  /** The rest of today, then whole days in UTC. */
  readonly days: readonly DayAhead[];
  /** What somebody should look at, in words. */
  readonly warnings: readonly string[];
}

const dayMs = 86_400_000;

/**
 * Plays the cluster's own rules through from now on: the rest of today in UTC and so many days after it. Every run
 * succeeds and takes as long as those before it did, or as the volume lets expect where there were none; a request comes at its planned time; nobody does anything by hand.
 * Tasks planned for the same moment take their places by name.
 */
export function preview(
  state: ClusterState,
  now: number,
  days: number,
  { volumes, older }: { readonly volumes?: Volumes; readonly older?: OlderRuns } = {},
): Preview {
  const until = (Math.floor(now / dayMs) + days + 1) * dayMs;
  const estimates = estimatesOf(state, volumes);
  const book = openPreviewBook(state, estimates, now, older);
  play(state, (task) => (estimates.get(task)?.seconds ?? 0) * 1000, now, until, book);
  const told = { cluster: state.cluster.id, from: now, until, ...book.close(until) };
  return { ...told, warnings: warningsOf(told, state) };
}

/** From event to event: a planned time comes, or the run that goes on ends. Keeps nothing but the state. */
function play(
  before: ClusterState,
  lengthMs: (task: string) => number,
  now: number,
  until: number,
  book: PreviewBook,
): void {
  const grids = gridsOf(before, now);
  const state = openState(before);
  let clock = now;
  let endsAt = endOfRunning(before, lengthMs, now);
  for (;;) {
    const head = endsAt === Infinity ? state.ofHead() : undefined;
    const input = head && nextRun(head, clock);
    if (head !== undefined && input !== undefined) {
      state.becomes(started(head, input, '', clock));
      endsAt = clock + lengthMs(input.task);
      book.starts(input, clock);
    }
    const grid = soonest(grids);
    const next = Math.min(endsAt, grid?.planned ?? Infinity);
    if (next >= until) return;
    clock = Math.max(clock, next);
    book.reach(clock);
    if (grid !== undefined && grid.planned < endsAt) {
      state.becomes(decidePlanned(state.of(grid.task), grid, clock, book));
    } else {
      state.becomes(endRun(state.ofRunning(), clock, book));
      endsAt = Infinity;
    }
  }
}

/** What nobody asks for here, and each run would look through. */
const forgotten = { alarms: [], ended: [] };

/** The rules look at one task at a time. What they are given has no other, or each event would copy all of them. */
function openState(before: ClusterState) {
  const tasks = new Map(Object.entries(before.tasks));
  // When it ends is not known: it may be in a moment.
  const { paused: _standsStill, ...running } = before;
  let state: ClusterState = running;
  const of = (name: string | undefined): ClusterState => {
    const task = name === undefined ? undefined : tasks.get(name);
    return { ...state, ...forgotten, tasks: task === undefined ? {} : { [name!]: task } };
  };
  return {
    of,
    ofHead: () => of(state.queue[0]?.task),
    ofRunning: () => of((state.running?.of ?? state.running)?.task),
    becomes(after: ClusterState): void {
      state = after;
      for (const [name, task] of Object.entries(after.tasks)) tasks.set(name, task);
    },
  };
}

/** A task that starts by itself, and its next planned time. */
interface Grid {
  readonly task: string;
  readonly period: Period;
  planned: number;
}

/** By name. A planned time that has just passed counts when its request may still be on its way. */
function gridsOf(state: ClusterState, now: number): Grid[] {
  const { tasks } = state;
  const inTime = now - latenessOf(state) * 1000 - 1;
  return Object.keys(tasks)
    .sort()
    .flatMap((task) => {
      const { spec, locked, plannedUpTo = now } = tasks[task]!;
      const period = periodOf(spec);
      if (period === undefined || locked !== undefined) return [];
      return [{ task, period, planned: nextPlanned(period, Math.max(plannedUpTo, inTime)) }];
    });
}

function soonest(grids: readonly Grid[]): Grid | undefined {
  let first = grids[0];
  for (const grid of grids) if (grid.planned < first!.planned) first = grid;
  return first;
}

/** When the run that goes on ends; one that takes longer than those of its task did ends now. */
function endOfRunning({ running }: ClusterState, lengthMs: (task: string) => number, now: number): number {
  if (running === undefined) return Infinity;
  return Math.max(now, running.since + (running.kind === 'cleanUp' ? 0 : lengthMs(running.task)));
}

function decidePlanned(before: ClusterState, grid: Grid, clock: number, book: PreviewBook): ClusterState {
  const { task, period, planned } = grid;
  const key = `${task} ${planned}`;
  const { state, answer } = trigger(before, key, { do: 'trigger', task, planned }, clock);
  if (answer.accepted) book.waits(key, task, planned);
  else book.postponed(task, planned, latestReason(state, task));
  grid.planned = nextPlanned(period, planned);
  return state;
}

function latestReason(state: ClusterState, name: string): string {
  return parseNotRun(taskOf(state, name)!.notRun![0]!).reason;
}

function endRun(state: ClusterState, clock: number, book: PreviewBook): ClusterState {
  const { kind, key, task, label, trigger: by, since } = state.running!;
  book.ends(kind, task, label);
  if (kind === 'cleanUp' || task === '') return ended(state, { status: 'completed' }, clock);
  const result = { kind, key, task, label, trigger: by, outcome: 'Successful', begin: since, end: clock, parts: [] };
  return ended(state, { status: 'completed', result } as RunEnd, clock);
}
