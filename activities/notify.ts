import { Context } from '@temporalio/activity';
import type { Channel, DeliveryTrouble } from '../model/channel';
import { BackupError } from '../model/errors';
import type { Notification } from '../model/notification';
import { untilNextTry } from '../model/redelivery';
import { beating } from './beat';

export type NotifyActivities = ReturnType<typeof createNotifyActivities>;

/** What the queue of a channel serves. */
export function createNotifyActivities(name: string, channel: Channel) {
  return {
    /**
     * Delivers a notification through the channel that this queue is of; answers what the other side said. May be called
     * again with the same one. Whatever fails is tried again, because somebody may put it right meanwhile: a secret, an
     * account, a receiver. Only one that wants no more is left alone.
     */
    async deliver({ notification }: { channel: string; notification: Notification }): Promise<string> {
      const context = Context.current();
      try {
        // A worker that is lost is noticed sooner than its patience with the receiver ends.
        return await beating(() => channel.deliver(notification, context.cancellationSignal));
      } catch (error) {
        if (!(error instanceof BackupError)) throw error;
        const { isGone, afterMs } = error.context as DeliveryTrouble;
        const { hint } = error.context;
        const about = { channel: name, ...(hint !== undefined && { hint }) };
        if (isGone === true) throw new BackupError('missing', error.what, about);
        const retryAfterMs = untilNextTry(context.info.attempt, afterMs, Math.random());
        throw new BackupError('unavailable', error.what, { ...about, retryAfterMs });
      }
    },
  };
}
