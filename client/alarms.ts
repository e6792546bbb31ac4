import { alarmTitles, type AlarmId } from '../model/alarms';
import type { Site } from './cluster-state';
import { lastKnownState } from './cluster-state';
import { knownClusters } from './known-clusters';

/** An alarm that stands. */
export interface AlarmView {
  readonly cluster: string;
  readonly id: AlarmId;
  /** As the product calls it. */
  readonly title: string;
  /** Absent of an alarm of the whole cluster. */
  readonly task?: string;
  /** When it was raised, in milliseconds since 1970. */
  readonly raised: number;
  readonly text: string;
}

/** The alarms that stand, oldest first; of all clusters where none is named. */
export async function listAlarms(site: Site, cluster?: string): Promise<AlarmView[]> {
  const ids = cluster === undefined ? await knownClusters(site.client) : [cluster];
  const found = await Promise.all(ids.map((id) => alarmsOf(site, id)));
  return found.flat().sort((one, other) => one.raised - other.raised);
}

async function alarmsOf(site: Site, cluster: string): Promise<AlarmView[]> {
  const { alarms } = await lastKnownState(site, cluster);
  return alarms.map((alarm) => ({ cluster, title: alarmTitles[alarm.id], ...alarm }));
}
