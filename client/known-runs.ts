import type { Client } from '@temporalio/client';
import { carriedRuns, type EndedRun, type ShortRun } from '../model/cluster-state';
import type { Approval } from '../model/run';
import { pastRuns } from './past-runs';
import type { TaskView } from './tasks';

/** A run of a task that has ended. */
export interface KnownRun extends Omit<ShortRun, 'bytes'> {
  /** Of the latest ten. */
  readonly bytes?: number;
  /** By which the server may be asked for more; absent when nobody knows it (any more, or yet). */
  readonly runId?: string;
  readonly approval?: Approval;
  /** Why it never began: the server has no record of such a run. */
  readonly reason?: string;
}

type Task = Pick<TaskView, 'cluster' | 'name' | 'creation' | 'runs'>;

/** The latest ten runs as their cluster carries them, newest first; where more are wanted, older ones that the server keeps. */
export async function knownRuns(
  client: Client,
  { cluster, name, creation, runs }: Task,
  ended: readonly EndedRun[],
  limit: number,
): Promise<KnownRun[]> {
  const known: KnownRun[] = runs.slice(0, limit).map((run) => ({ ...run, ...knownOf(ended, name, run) }));
  const most = runs.length < carriedRuns ? known.length : limit;
  if (known.length === most && known.every(({ runId, waited }) => waited === true || runId !== undefined)) return known;
  for await (const { label, seconds, outcome, trigger, runId, approval } of pastRuns(client, cluster, name)) {
    const place = known.findIndex((one) => one.label === label);
    const approved = approval && { approval };
    if (place !== -1) known[place] = { runId, ...known[place]!, ...approved };
    else if (label < creation || (label < known.at(-1)!.label && known.length >= most)) break;
    else if (label < known.at(-1)!.label) known.push({ label, seconds, outcome, trigger, runId, ...approved });
  }
  return known;
}

function knownOf(
  ended: readonly EndedRun[],
  task: string,
  { label, waited }: ShortRun,
): Pick<KnownRun, 'runId' | 'reason'> {
  const { runId, reason } = ended.find((one) => one.task === task && one.label === label) ?? {};
  if (waited === true) return reason === undefined ? {} : { reason };
  return runId === undefined ? {} : { runId };
}
