import { alarmTitles, type AlarmId } from '../model/alarms';
import { BackupError } from '../model/errors';
import type { Site } from './cluster-state';
import { lastKnownState } from './cluster-state';
import { failureOf } from './failures';
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

/** A cluster whose alarms cannot be had now, and why. */
export interface SilentCluster {
  readonly cluster: string;
  readonly error: BackupError;
}

export interface AlarmOptions {
  /** Called for each cluster whose alarms cannot be had while those of others can. Without it, that is thrown. */
  readonly onSilent?: ((one: SilentCluster) => void) | undefined;
}

/** The alarms that stand, oldest first; of all clusters where none is named. Throws when no cluster can be asked. */
export async function listAlarms(site: Site, cluster?: string, { onSilent }: AlarmOptions = {}): Promise<AlarmView[]> {
  const ids = cluster === undefined ? await knownClusters(site.client) : [cluster];
  const asked = await Promise.all(ids.map((id) => (cluster === undefined ? tryAlarmsOf : alarmsOf)(site, id)));
  const silent = asked.flatMap((one) => ('error' in one ? [one] : []));
  if (silent.length > 0 && (silent.length === ids.length || onSilent === undefined)) throw errorOf(silent, ids.length);
  silent.forEach((one) => onSilent?.(one));
  const found = asked.flatMap((one) => ('error' in one ? [] : one));
  return found.sort((one, other) => one.raised - other.raised);
}

async function alarmsOf(site: Site, cluster: string): Promise<AlarmView[]> {
  const { alarms } = await lastKnownState(site, cluster);
  return alarms.map((alarm) => ({ cluster, title: alarmTitles[alarm.id], ...alarm }));
}

/** None of a cluster that has just been removed: the list of clusters is a moment late. */
async function tryAlarmsOf(site: Site, cluster: string): Promise<AlarmView[] | SilentCluster> {
  try {
    return await alarmsOf(site, cluster);
  } catch (error) {
    const reason = failureOf(error, 'its address');
    if (!(reason instanceof BackupError)) throw error;
    if (reason.kind === 'missing') return [];
    const what = `the alarms of cluster "${cluster}" cannot be told: ${reason.what}`;
    return { cluster, error: new BackupError(reason.kind, what, reason.context, { cause: error }) };
  }
}

function errorOf(silent: readonly SilentCluster[], clusters: number): BackupError {
  const [{ error }] = silent as [SilentCluster];
  if (silent.length === 1) return error;
  const lines = silent.map((one) => `  ${one.error.message}\n`).join('');
  return new BackupError(error.kind, `${silent.length} of ${clusters} clusters do not tell their alarms:\n${lines}`);
}
