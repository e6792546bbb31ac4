import { setMaxListeners } from 'node:events';

/** Temporal's client listens anew with each long poll and never stops: Node would warn of a leak after ten minutes of waiting. */
export function letManyListen(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}
