import { timeOf } from '../model/label';
import type { Task } from '../model/task';
import type { Site } from './cluster-state';
import { mayPass } from './failures';
import { type KnownRun, knownRuns } from './known-runs';
import { accountOfRun, type RunAccount } from './run-account';
import { someAtOnce } from './some-at-once';
import { findTaskIn, type NotRunView, type TaskView } from './tasks';

/** A run in a task's history. `bytes` are known of the latest ten, and of older ones as long as the server keeps their records. */
export type HistoryEntry = Omit<KnownRun, 'runId'> &
  RunAccount & {
    /** Milliseconds since 1970. */
    readonly end: number;
    /** The server keeps its record no longer: its sets, notes and reason are not known any more. */
    readonly forgotten?: true;
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

/** The server's lists are up to date a moment later than its workflows. */
const listsAreLateMs = 60_000;

/** The latest ten runs from their cluster, older ones as long as the server keeps closed workflows; of each what its own record tells. */
export async function taskHistory(
  site: Site,
  kind: Task['kind'],
  name: string,
  { cluster: named, limit = 50 }: HistoryOptions,
): Promise<TaskHistory> {
  const { task, state } = await findTaskIn(site, kind, name, named);
  const known = await knownRuns(site.client, task, state.ended, limit);
  const runs = await someAtOnce(known, (run) => entryOf(site, task, run));
  return { runs, notRun: task.notRun };
}

async function entryOf(site: Site, task: TaskView, { runId, ...run }: KnownRun): Promise<HistoryEntry> {
  const end = timeOf(run.label) + run.seconds * 1000;
  if (run.waited === true) return { ...run, end };
  const account = runId === undefined ? undefined : await tryAccountOf(site, task.cluster, run.label, runId);
  if (account !== undefined) return { ...run, end, ...account };
  const isListed = runId !== undefined || Date.now() - end > listsAreLateMs;
  return { ...run, end, ...reasonKnownTo(task, run), ...(isListed && { forgotten: true }) };
}

/** What cannot be had at the moment is left out, and that is said. */
async function tryAccountOf(
  { client, note }: Site,
  cluster: string,
  label: string,
  runId: string,
): Promise<RunAccount | undefined> {
  try {
    return await accountOfRun(client, cluster, runId);
  } catch (error) {
    if (!mayPass(error)) throw error;
    note(`the record of run ${label} cannot be had now; ask again later`);
    return {};
  }
}

/** The cluster carries why the latest run failed. */
function reasonKnownTo({ status, reason, runs }: TaskView, { label, outcome }: KnownRun): Pick<RunAccount, 'reason'> {
  const isLatest = label === runs[0]?.label && outcome === 'Failed' && status === 'Failed';
  return isLatest && reason !== undefined ? { reason } : {};
}
