import type { Client } from '@temporalio/client';
import type { ClusterState } from '../model/cluster-state';
import { knownClusters } from './clusters';
import { newestInput } from './rescue';

/** A cluster as people see it. */
export interface ClusterView {
  readonly id: string;
  /** False when somebody ended its workflow: `rescue` starts it again. */
  readonly running: boolean;
  readonly version: string;
  readonly hosts: readonly string[];
  readonly tasks: number;
  /** The task whose run goes on. */
  readonly runs?: string;
  readonly waiting: number;
  readonly alarms: readonly string[];
}

/** All clusters, by id. Needs no worker. */
export async function listClusters(client: Client): Promise<ClusterView[]> {
  const known = await knownClusters(client);
  const inputs = await Promise.all(known.map(({ id }) => newestInput(client, id)));
  return known.flatMap(({ id, running }, place) => {
    const state = inputs[place]?.state;
    return state === undefined ? [] : [viewOf(id, running, state)];
  });
}

function viewOf(
  id: string,
  running: boolean,
  { cluster, tasks, running: run, queue, alarms }: ClusterState,
): ClusterView {
  const { version, hosts } = cluster;
  return {
    id,
    running,
    version,
    hosts,
    tasks: Object.keys(tasks).length,
    ...(run === undefined ? {} : { runs: run.task }),
    waiting: queue.length,
    alarms: alarms.map((alarm) => alarm.text),
  };
}
