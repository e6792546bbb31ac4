import type { Client } from '@temporalio/client';
import type { ClusterState, MirrorState } from '../model/cluster-state';
import { labelAt } from '../model/label';
import { lagText, standbySecondsOf } from '../model/mirrors';
import { queues } from '../model/names';
import { labelText } from '../model/text';
import { isServed } from './workers-there';

/** What of the mirrors of localDir should be put right, in words; what failed tells ALM-12011. */
export function mirrorWarnings(state: ClusterState, now = Date.now()): string[] {
  const { localBackupHosts: hosts, mirrored } = state.cluster;
  if (mirrored !== true && hosts.length > 1)
    return [
      `LocalBackup of ${hosts.slice(1).join(', ')} is not kept equal to that of ${hosts[0]} HINT: localBackup.serve in the workers' cairn.yaml does that; nothing need be done where they are one folder`,
    ];
  return lags(state, now).map((text) => `LocalBackup of ${text}`);
}

/** `node2: 2 sets behind since …`, for each host that is behind for longer than a run's end explains. */
export function lags(state: ClusterState, now = Date.now()): string[] {
  const { mirrors = {} } = state;
  const lately = now - standbySecondsOf(state) * 1000;
  return Object.entries(mirrors).flatMap(([host, mirror]) =>
    mirror.behind > 0 && (mirror.reason !== undefined || (mirror.since ?? now) < lately)
      ? [`${host}: ${behindText(mirror)}`]
      : [],
  );
}

/** Said where sets of localDir are read from a mirror, because the host that keeps them is gone; undefined where they are not. */
export async function mirrorNote(client: Client, { cluster, mirrors }: ClusterState): Promise<string | undefined> {
  const [first, ...others] = cluster.localBackupHosts;
  if (mirrors === undefined || (await isServed(client, queues.host(first!), 'activity'))) return undefined;
  for (const host of others) {
    if (!(await isServed(client, queues.host(host), 'activity'))) continue;
    const mirror = mirrors[host];
    const how = mirror === undefined || mirror.behind === 0 ? 'as far as is known it lacks none' : behindText(mirror);
    return `no worker runs on ${first}: the sets of localDir are those of its mirror on ${host}; ${how}`;
  }
  return undefined;
}

function behindText({ behind, since }: MirrorState): string {
  const text = lagText({ behind });
  return since === undefined ? text : `${text} since ${labelText(labelAt(since))}`;
}
