import type { Client } from '@temporalio/client';
import { alarmName } from '../model/alarms';
import type { ClusterState } from '../model/cluster-state';
import { queues } from '../model/names';
import { clusterState } from './cluster-state';
import { knownClusters } from './known-clusters';
import { lags } from './mirrors';
import { newestInput, newestRun } from './rescue';
import { isServed } from './workers-there';

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
  /** Restorations that somebody else than who asked is to approve. */
  readonly awaitingApproval: readonly string[];
  readonly alarms: readonly string[];
  /** Management hosts whose LocalBackup lacks sets, and since when, in words; absent where none does. */
  readonly behind?: readonly string[];
  /** The run that needs all clusters to stand still, in words; no run starts meanwhile. */
  readonly pausedBy?: string;
}

/** All clusters, by id. Needs no worker. */
export async function listClusters(client: Client): Promise<ClusterView[]> {
  const isServedNow = await isServed(client, queues.control, 'workflow');
  const ids = await knownClusters(client);
  const found = await Promise.all(ids.map((id) => look(client, id, isServedNow)));
  return found.filter((one) => one !== undefined);
}

/** Undefined for one that has just been removed: the list is a moment late. */
async function look(client: Client, id: string, isServedNow: boolean): Promise<ClusterView | undefined> {
  const newest = await newestRun(client, id);
  if (newest === undefined) return undefined;
  const isRunning = newest.status.name === 'RUNNING';
  return viewOf(id, isRunning, await stateOf(client, id, isRunning && isServedNow));
}

/** From the workflow itself where it can answer, else what it was given last. */
async function stateOf(client: Client, id: string, canAnswer: boolean): Promise<ClusterState> {
  const told = canAnswer ? await clusterState(client, id).catch(() => undefined) : undefined;
  return told ?? (await newestInput(client, id))!.state;
}

function viewOf(id: string, running: boolean, state: ClusterState): ClusterView {
  const { cluster, tasks, running: run, queue, alarms, paused } = state;
  const { version, hosts } = cluster;
  const behind = lags(state);
  return {
    id,
    running,
    version,
    hosts,
    tasks: Object.keys(tasks).length,
    ...(run === undefined || run.found === true ? {} : { runs: run.task }),
    waiting: queue.length,
    awaitingApproval: Object.keys(tasks).filter((name) => tasks[name]!.awaits !== undefined),
    alarms: alarms.map((alarm) => `${alarmName(alarm)}: ${alarm.text}`),
    ...(behind.length > 0 && { behind }),
    ...(paused === undefined ? {} : { pausedBy: paused.owner }),
  };
}
