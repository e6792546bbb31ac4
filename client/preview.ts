import { carriedRuns, type ClusterState, parseShortRun } from '../model/cluster-state';
import { BackupError } from '../model/errors';
import type { Label } from '../model/label';
import { nextRunOf } from '../model/periodic';
import { preview, type Preview } from '../model/preview';
import { hasSuccess } from '../model/run-estimate';
import type { BackupTask } from '../model/task';
import { lastKnownState, type Site } from './cluster-state';
import type { OlderRuns } from '../model/sets-ahead';
import { chooseCluster } from './known-clusters';
import { pastRuns } from './past-runs';
import { measureTasks } from './volumes';

export interface PreviewOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string | undefined;
  /** So many whole days after today, in UTC: 1 to 366. Default: 90. */
  readonly days?: number | undefined;
}

export const previewDays = { usual: 90, most: 366 };

/**
 * The runs to come in a cluster, by its own rules and what was known of it last. Where no run of a task has told how long it
 * takes, a worker looks how much service data there is; without a worker that stays unknown.
 */
export async function previewRuns(site: Site, { cluster: named, days }: PreviewOptions): Promise<Preview> {
  const wanted = checkDays(days ?? previewDays.usual);
  const cluster = await chooseCluster(site.client, named);
  const state = await lastKnownState(site, cluster);
  const { volumes } = await measureTasks(site.client, cluster, untried(state));
  return preview(state, Date.now(), wanted, { volumes, older: await olderRuns(site, state) });
}

/** Of the tasks that keep more sets than their cluster carries runs of: as long as the server keeps closed workflows. */
async function olderRuns(site: Site, { cluster, tasks }: ClusterState): Promise<OlderRuns> {
  const found = new Map<string, readonly Label[]>();
  for (const { spec, runs, creation } of Object.values(tasks)) {
    if (spec.kind !== 'backup' || runs.length < carriedRuns) continue;
    const oldest = parseShortRun(runs.at(-1)!).label;
    const copies = Math.max(...spec.sources.map((source) => source.copies));
    const labels: Label[] = [];
    for await (const { label, outcome } of pastRuns(site.client, cluster.id, spec.name)) {
      if (label < creation || labels.length === copies) break;
      if (label < oldest && outcome === 'Successful') labels.push(label);
    }
    found.set(spec.name, labels);
  }
  return found;
}

/** Backup tasks that will run and have not succeeded lately. */
function untried(state: ClusterState): BackupTask[] {
  const waiting = new Set(
    [...state.queue, ...(state.running === undefined ? [] : [state.running])].map(({ task }) => task),
  );
  return Object.values(state.tasks).flatMap((task) => {
    const { spec, runs } = task;
    const runsAhead = waiting.has(spec.name) || nextRunOf(task, Date.now()) !== undefined;
    return spec.kind === 'backup' && runsAhead && !hasSuccess(runs.map(parseShortRun)) ? [spec] : [];
  });
}

function checkDays(days: number): number {
  if (Number.isInteger(days) && days >= 1 && days <= previewDays.most) return days;
  throw new BackupError('invalid', `${days} days cannot be looked ahead`, {
    hint: `whole numbers from 1 to ${previewDays.most} are allowed`,
  });
}
