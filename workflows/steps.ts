import { type ActivityOptions, proxyActivities, type RetryPolicy } from '@temporalio/workflow';
import type { ClusterActivities } from '../activities/cluster';
import type { BackUpActivities } from '../activities/back-up';
import type { PlanActivities } from '../activities/plan';
import type { RestoreActivities } from '../activities/restore';
import type { SetActivities } from '../activities/sets';
import type { SpaceActivities } from '../activities/space';
import { errorKinds } from '../model/errors';
import { queues } from '../model/names';
import type { Settings } from '../model/settings';

/** Steps that only the `control` queue serves: quick, or a long poll of Temporal itself. */
export function controlSteps(settings: Settings) {
  return proxyActivities<ClusterActivities & PlanActivities>({
    taskQueue: queues.control,
    startToCloseTimeout: '5 minutes',
    retry: retryPolicy(settings),
  });
}

/** The long poll for a run's end: as long as the run, at three events. */
export function watchSteps(settings: Settings) {
  return proxyActivities<Pick<ClusterActivities, 'awaitRun'>>({
    taskQueue: queues.control,
    startToCloseTimeout: '3650 days',
    heartbeatTimeout: `${Math.max(settings.heartbeatSeconds, 10)} seconds`,
    retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
  });
}

type HostActivities = BackUpActivities & RestoreActivities & SetActivities & SpaceActivities;

/** Steps that need this host's disk, mount or name directory; `waitForHost` bounds how long nobody may take it. */
export function hostSteps(
  host: string,
  settings: Settings,
  options: Pick<ActivityOptions, 'scheduleToStartTimeout'> = {},
) {
  return proxyActivities<HostActivities>({
    taskQueue: queues.host(host),
    startToCloseTimeout: '7 days',
    heartbeatTimeout: `${settings.heartbeatSeconds} seconds`,
    retry: retryPolicy(settings),
    ...options,
  });
}

/** From the one table of error kinds: what may pass by itself is tried again, what cannot is not. */
function retryPolicy(settings: Settings): RetryPolicy {
  return {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: settings.attempts,
    nonRetryableErrorTypes: Object.entries(errorKinds).flatMap(([kind, { retried }]) => (retried ? [] : [kind])),
  };
}
