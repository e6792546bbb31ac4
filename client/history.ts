import type { ShortRun } from '../model/cluster-state';
import type { Approval } from '../model/run';
import type { Task } from '../model/task';
import type { Site } from './cluster-state';
import { pastRuns } from './past-runs';
import { notesOfRuns } from './run-notes';
import { findTask, type NotRunView, type TaskView } from './tasks';

/** A run in a task's history. `bytes` and `notes` are not known any more of runs before the latest ten. */
export type HistoryEntry = Omit<ShortRun, 'bytes'> & {
  readonly bytes?: number;
  /** What it said of itself, in words; absent when it said nothing. A run that has just ended may still be missing. */
  readonly notes?: readonly string[];
  readonly approval?: Approval;
};

/** What became of a task until now, each list newest first. */
export interface TaskHistory {
  readonly runs: readonly HistoryEntry[];
  /** Planned times that led to no run: postponed to the next one, or missed. Ten, fewer where many tasks of the cluster have some. */
  readonly notRun: readonly NotRunView[];
}

export interface HistoryOptions {
  readonly cluster?: string | undefined;
  /** At most so many runs. Default: 50. */
  readonly limit?: number | undefined;
}

/** As many runs as a cluster carries of each task; there may be older ones. */
const carried = 10;

/** The latest ten runs from its cluster, older ones as long as the server keeps closed workflows. */
export async function taskHistory(
  site: Site,
  kind: Task['kind'],
  name: string,
  { cluster: named, limit = 50 }: HistoryOptions,
): Promise<TaskHistory> {
  const task = await findTask(site, kind, name, named);
  return { runs: await runsOf(site, task, limit), notRun: task.notRun };
}

async function runsOf(site: Site, { cluster, name, kind, creation, runs }: TaskView, limit: number) {
  const latest = runs.slice(0, limit);
  const notes = await notesOfRuns(
    site.client,
    cluster,
    name,
    latest.map(({ label }) => label),
  );
  const all: HistoryEntry[] = latest.map((run) => withNotes(run, notes.get(run.label)));
  // Who approved a run is told by the server only.
  if (runs.length < carried && (kind === 'backup' || runs.length === 0)) return all;
  const oldest = runs.at(-1)!.label;
  for await (const { label, seconds, outcome, trigger, approval } of pastRuns(site.client, cluster, name)) {
    const known = all.findIndex((one) => one.label === label);
    const approved = approval && { approval };
    if (known !== -1) all[known] = { ...all[known]!, ...approved };
    else if (all.length >= limit || label < creation) break;
    else if (label < oldest) all.push({ label, seconds, outcome, trigger, ...approved });
  }
  return all;
}

function withNotes(run: ShortRun, notes: readonly string[] = []): HistoryEntry {
  return notes.length === 0 ? run : { ...run, notes };
}
