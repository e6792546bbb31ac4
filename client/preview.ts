import { BackupError } from '../model/errors';
import { preview, type Preview } from '../model/preview';
import { lastKnownState, type Site } from './cluster-state';
import { chooseCluster } from './known-clusters';

export interface PreviewOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string | undefined;
  /** So many whole days after today, in UTC: 1 to 366. Default: 90. */
  readonly days?: number | undefined;
}

export const previewDays = { usual: 90, most: 366 };

/** The runs to come in a cluster, by its own rules and what was known of it last; asks nothing of it. */
export async function previewRuns(site: Site, { cluster: named, days }: PreviewOptions): Promise<Preview> {
  const wanted = checkDays(days ?? previewDays.usual);
  const cluster = await chooseCluster(site.client, named);
  return preview(await lastKnownState(site, cluster), Date.now(), wanted);
}

function checkDays(days: number): number {
  if (Number.isInteger(days) && days >= 1 && days <= previewDays.most) return days;
  throw new BackupError('invalid', `${days} days cannot be looked ahead`, {
    hint: `whole numbers from 1 to ${previewDays.most} are allowed`,
  });
}
