import { dropExpired, expiresIn } from './approval';
import type { ClusterState } from './cluster-state';
import { dropOldPause, pauseEndsIn } from './pause';

/** The state without what has ended by the clock alone: requests for approval, a pause. */
export function dropPassed(state: ClusterState, now: number): ClusterState {
  return dropOldPause(dropExpired(state, now), now);
}

/** Milliseconds until the next of these ends; undefined: there is none. */
export function passesIn(state: ClusterState, now: number): number | undefined {
  const all = [expiresIn(state, now), pauseEndsIn(state, now)].filter((one) => one !== undefined);
  return all.length === 0 ? undefined : Math.min(...all);
}
