import {
  ActivityFailure,
  ApplicationFailure,
  setCurrentDetails,
  TimeoutFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Notification } from '../model/notification';
import { redelivery } from '../model/redelivery';
import { notificationAttributes } from './labels';
import { notifyPage } from './notify-page';
import { reasonOf } from './outcome';
import { deliverySteps } from './steps';

export interface NotifyInput {
  readonly notification: Notification;
  /** By name, as the workers' configuration calls them. */
  readonly channels: readonly string[];
  /** Once only, and what went wrong is a result: somebody tries a channel. */
  readonly once?: boolean;
  /** So long it is tried; three days when absent. */
  readonly withinSeconds?: number;
}

/** What became of a notification in one channel. */
export interface Delivery {
  readonly channel: string;
  readonly delivered: boolean;
  /** What the other side said, or why it was not delivered. */
  readonly answer: string;
}

/**
 * Tells of something that happened, through each channel by itself: one that is away keeps no other waiting. Nobody waits
 * for it. Ends as failed when a channel could not be reached in days, or wants no more.
 */
export async function notify(input: NotifyInput): Promise<Delivery[]> {
  const found: Delivery[] = [];
  const show = () => setCurrentDetails(notifyPage(input, found));
  upsertSearchAttributes(notificationAttributes(input.notification));
  show();
  await Promise.all(
    input.channels.map(async (channel) => {
      found.push(await deliver(input, channel));
      show();
    }),
  );
  const failed = found.filter(({ delivered }) => !delivered);
  if (failed.length === 0 || input.once === true) return found;
  throw ApplicationFailure.create({
    message: failed.map(({ channel, answer }) => `${channel}: ${answer}`).join('; '),
    type: 'NotDelivered',
    nonRetryable: true,
    details: [found],
  });
}

async function deliver(
  { notification, once = false, withinSeconds = redelivery.seconds }: NotifyInput,
  channel: string,
): Promise<Delivery> {
  try {
    const answer = await deliverySteps(channel, once, withinSeconds).deliver({ channel, notification });
    return { channel, delivered: true, answer };
  } catch (error) {
    return { channel, delivered: false, answer: whyNot(channel, error) };
  }
}

function whyNot(channel: string, error: unknown): string {
  const isUnserved = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
  if (!isUnserved) return reasonOf(error).reason;
  return `no worker delivered it in time HINT: one must run whose cairn.yaml names channel ${channel}`;
}
