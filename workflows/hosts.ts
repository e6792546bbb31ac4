import type { Duration } from '@temporalio/common';
import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';

/** A host whose queue nobody serves for so long is taken for lost, where another could do the work. */
export const hostIsLostAfter: Duration = '90 seconds';

/**
 * Does the work on the first host of the list; when that host is lost in the middle, on the next one from the
 * start. For the last host there is no bound: its worker may come back.
 */
export async function onFirstLiveHost<T>(
  hosts: readonly string[],
  work: (host: string, waitForHost: { scheduleToStartTimeout?: Duration }) => Promise<T>,
): Promise<T> {
  for (const [place, host] of hosts.entries()) {
    const isLast = place === hosts.length - 1;
    try {
      return await work(host, isLast ? {} : { scheduleToStartTimeout: hostIsLostAfter });
    } catch (error) {
      if (isLast || !isHostLost(error)) throw error;
    }
  }
  throw new Error('no host to work on');
}

/** For what ends work that this host had begun: it, and those that would go on with the work. */
export function hostsFrom(hosts: readonly string[], host: string): readonly string[] {
  return hosts.slice(hosts.indexOf(host));
}

/** True when nobody took a step of this host in time. */
export function isHostLost(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}
