import type { Site } from './cluster-state';
import { lastKnownState } from './cluster-state';
import { ask } from './ask';
import { checkName } from './names';
import { type AskOptions, releaserOf } from './tasks';

/** What became of a cluster that was removed. */
export interface Removed {
  readonly cluster: string;
  readonly did: string;
  /** The tasks that it had, by name. */
  readonly tasks: readonly string[];
  /** Workflows that give up what its tasks kept frozen in it. */
  readonly releasedBy: readonly string[];
}

/** Ends a cluster's workflow for good, with its tasks, schedules and alarms. Its sets stay where they are. */
export async function removeCluster(site: Site, named: string, { key }: Pick<AskOptions, 'key'>): Promise<Removed> {
  const cluster = checkName('cluster', named);
  const { tasks } = await lastKnownState(site, cluster);
  const { did } = await ask(site.client, cluster, { do: 'removeCluster' }, key);
  const releasedBy = Object.values(tasks).flatMap((task) => releaserOf(cluster, task).releasedBy ?? []);
  return { cluster, did, tasks: Object.keys(tasks).sort(), releasedBy };
}
