import type { ClusterState } from './cluster-state';
import type { Order } from './command';
import { accept, type Decision, refuse } from './decision';

/**
 * A restoration of `oms` restarts every cluster, so it pauses the queues of all while it goes on. What is asked for meanwhile
 * waits. A pause that nobody renews ends by itself.
 */
export function pause(state: ClusterState, { owner, seconds }: Extract<Order, { do: 'pause' }>, now: number): Decision {
  if (state.paused !== undefined && state.paused.owner !== owner)
    return refuse(
      state,
      'inUse',
      `the queue of cluster ${state.cluster.id} is paused by ${state.paused.owner} already. HINT: try again when that has ended`,
    );
  return accept({ ...state, paused: { owner, until: now + seconds * 1000 } }, 'paused');
}

/** The queue goes on; another one's pause is no concern of who asks. */
export function resume(state: ClusterState, { owner }: Extract<Order, { do: 'resume' }>): Decision {
  if (state.paused?.owner !== owner) return accept(state, 'not paused');
  return accept(withoutPause(state), 'resumed');
}

export function isPaused({ paused }: ClusterState, now: number): boolean {
  return paused !== undefined && paused.until > now;
}

export function dropOldPause(state: ClusterState, now: number): ClusterState {
  return state.paused === undefined || isPaused(state, now) ? state : withoutPause(state);
}

/** Milliseconds until the pause ends by itself; undefined: there is none. */
export function pauseEndsIn({ paused }: ClusterState, now: number): number | undefined {
  return paused && Math.max(0, paused.until - now);
}

function withoutPause(state: ClusterState): ClusterState {
  const { paused: _over, ...rest } = state;
  return rest;
}
