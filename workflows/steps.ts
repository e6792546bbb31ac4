import { type ActivityOptions, proxyActivities, type RetryPolicy } from '@temporalio/workflow';
import { errorKinds } from '../model/errors';
import { queues } from '../model/names';
import { redelivery } from '../model/redelivery';
import type { NotifyActivities } from '../activities/notify';
import { productSettings, type Settings } from '../model/settings';
import { summary } from './markdown';
import {
  channelSummaries,
  type ControlActivities,
  controlSummaries,
  type HostActivities,
  hostSummaries,
  type Summaries,
} from './step-summaries';

/**
 * Steps that only the `control` queue serves: they ask the configuration and Temporal, which takes milliseconds. They have
 * no heartbeat: one whose worker is killed in it is given to another when its time is over.
 */
export function controlSteps(settings: Settings): ControlActivities {
  return steps(controlSummaries, {
    taskQueue: queues.control,
    startToCloseTimeout: '30 seconds',
    retry: retryPolicy(settings),
  });
}

/** The long poll for a run's end: as long as the run, at three events. */
export function watchSteps(settings: Settings): Pick<ControlActivities, 'awaitRun'> {
  return steps(controlSummaries, {
    taskQueue: queues.control,
    startToCloseTimeout: '3650 days',
    heartbeatTimeout: `${Math.max(settings.heartbeatSeconds, 10)} seconds`,
    retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
  });
}

/** Tried a few times only: whoever waits for it looks again later. */
export function scheduleSteps(settings: Settings): Pick<ControlActivities, 'syncSchedules'> {
  return steps(controlSummaries, {
    taskQueue: queues.control,
    startToCloseTimeout: '60 seconds',
    heartbeatTimeout: '10 seconds',
    retry: { ...retryPolicy(settings), maximumAttempts: 3 },
  });
}

/**
 * As long as a run that needs all clusters to stand still. Its end is waited for: nothing is paused after that. What keeps
 * them so is not given up.
 */
export function pauseSteps(
  settings: Settings,
): Pick<ControlActivities, 'pauseClusters' | 'keepPaused' | 'resumeClusters'> {
  const options: ActivityOptions = {
    taskQueue: queues.control,
    startToCloseTimeout: '365 days',
    heartbeatTimeout: `${Math.max(settings.heartbeatSeconds, 10)} seconds`,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: retryPolicy(settings),
  };
  const { maximumAttempts: _many, ...always } = options.retry!;
  const { keepPaused } = steps<ControlActivities>(controlSummaries, { ...options, retry: always });
  return { ...steps(controlSummaries, options), keepPaused };
}

/**
 * Served by the workers that have the channel. Tried for so long, whatever it fails with; with `once`, one time, and it
 * waits for nobody to serve it.
 */
export function deliverySteps(channel: string, once: boolean, withinSeconds: number): NotifyActivities {
  return steps(channelSummaries, {
    taskQueue: queues.channel(channel),
    startToCloseTimeout: '60 seconds',
    heartbeatTimeout: '10 seconds',
    scheduleToCloseTimeout: `${withinSeconds} seconds`,
    ...(once && { scheduleToStartTimeout: '10 seconds' }),
    retry: {
      initialInterval: redelivery.firstMs,
      backoffCoefficient: 2,
      maximumInterval: redelivery.longestMs,
      ...(once && { maximumAttempts: 1 }),
    },
  });
}

export type WaitForHost = Pick<ActivityOptions, 'scheduleToStartTimeout'>;

/** Steps that need this host's disk, mount or name directory; `scheduleToStartTimeout` bounds how long nobody may take it. */
export function hostSteps(
  host: string,
  settings: Settings,
  options: WaitForHost & Pick<ActivityOptions, 'cancellationType'> = {},
): HostActivities {
  return steps(hostSummaries(host), {
    taskQueue: queues.host(host),
    startToCloseTimeout: '7 days',
    heartbeatTimeout: `${settings.heartbeatSeconds} seconds`,
    retry: retryPolicy(settings),
    ...options,
  });
}

/** Tried a few times only, and waits for no host that is away: its cluster asks again later. */
export function mirrorSteps(host: string, settings: Settings): Pick<HostActivities, 'mirrorSets' | 'catchUp'> {
  return steps(hostSummaries(host), {
    taskQueue: queues.host(host),
    startToCloseTimeout: '7 days',
    heartbeatTimeout: `${settings.heartbeatSeconds} seconds`,
    scheduleToStartTimeout: `${settings.standbySeconds ?? productSettings.standbySeconds} seconds`,
    retry: { ...retryPolicy(settings), maximumAttempts: 3 },
  });
}

/** Temporal takes a step's summary only with the options of its proxy: so each call has a proxy of its own. */
function steps<Steps extends object>(summaries: Summaries<Steps>, options: ActivityOptions): Steps {
  const calls = Object.entries<(input: never) => string>(summaries).map(([name, tell]) => {
    const call = (input: never) => proxyActivities({ ...options, summary: summary(tell(input)) })[name]!(input);
    return [name, call] as const;
  });
  return Object.fromEntries(calls) as Steps;
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
