import type { ClusterState } from '../../model/cluster-state';
import type { Order } from '../../model/command';
import { decide } from '../../model/decide';
import type { Notification } from '../../model/notification';
import { notificationsOf } from '../../model/notifications';
import { ended, nextRun, type RunEnd, started } from '../../model/queue';
import type { ClusterFacts, PartResult, RunIdentity } from '../../model/run';
import { productSettings } from '../../model/settings';

/** A cluster of which each step is told, as its workflow does it. */
export const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: { ...productSettings, waitingTasks: 3 },
};

/** A step of a cluster: the state after it, and what is to be told of it. */
export interface Step {
  readonly state: ClusterState;
  readonly told: readonly Notification[];
}

let keys = 0;

export function order(state: ClusterState, wanted: Order, now: number): Step & { readonly answer: object } {
  const command = { key: `k${(keys += 1)}`, at: now, replyTo: 'r', order: wanted };
  const { state: next, answer } = decide(state, command, now);
  return { state: next, answer, told: notificationsOf(state, next, now) };
}

export function startNext(state: ClusterState, now: number, runId = `run-${(keys += 1)}`): Step {
  const input = nextRun(state, now);
  if (input === undefined) return { state, told: [] };
  const next = started(state, input, runId, now);
  return { state: next, told: notificationsOf(state, next, now) };
}

export function end(state: ClusterState, how: RunEnd, now: number): Step {
  const next = ended(state, how, now);
  return { state: next, told: notificationsOf(state, next, now, how) };
}

export function resultOf(
  { kind, key, task, label, trigger }: RunIdentity,
  outcome: 'Successful' | 'Failed' | 'Stopped',
  at: number,
  parts: readonly PartResult[] = [],
) {
  return { kind, key, task, label, trigger, outcome, begin: at - 60_000, end: at, parts };
}
