import { type ClusterState, type TaskState } from './cluster-state';
import { accept, type Decision, refuse } from './decision';
import { isDataKind } from './kinds';
import { periodOf, unsynced } from './periodic';
import { sourcesOf } from './task';

/** Gives up a cluster in which nothing runs or waits: tasks and alarms go at once, schedules by a step; sets stay. */
export function removeCluster(state: ClusterState, now: number): Decision {
  const { id } = state.cluster;
  const busy = state.running?.task ?? state.queue[0]?.task;
  if (busy !== undefined)
    return refuse(state, 'inUse', `task "${busy}" runs or waits in cluster ${id}. HINT: let it end, or stop it`);
  const tasks = Object.values(state.tasks);
  const periodic = tasks.filter(({ spec }) => periodOf(spec) !== undefined);
  const {
    checked: _checked,
    syncAfter: _syncAfter,
    mirrors: _mirrors,
    ...rest
  } = periodic.reduce((so, { spec }) => unsynced(so, spec.name), state);
  const left = { ...rest, tasks: {}, alarms: [], holds: [], removed: state.removed ?? now };
  return { ...accept(left, 'removed; its sets stay'), releases: tasks.filter(keepsFrozen) };
}

export function refuseRemoved(state: ClusterState): Decision {
  return refuse(state, 'unknownCluster', `cluster ${state.cluster.id} has just been removed`);
}

/** True when nothing is left to do for a cluster that was removed. */
export function isGivenUp({ removed, unsynced: left = [] }: ClusterState): boolean {
  return removed !== undefined && left.length === 0;
}

/** A worker that brings the cluster again, before its workflow has ended, wants to have it. */
export function kept(state: ClusterState): ClusterState {
  const { removed, ...rest } = state;
  return removed === undefined ? state : rest;
}

/** Runs of service data keep recovery points in the cluster. */
export function keepsFrozen({ spec }: TaskState): boolean {
  return spec.kind === 'backup' && sourcesOf(spec).some(isDataKind);
}
