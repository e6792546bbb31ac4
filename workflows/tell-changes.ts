import { log, startChild } from '@temporalio/workflow';
import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ClusterState } from '../model/cluster-state';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import { channelsFor, type Notification } from '../model/notification';
import { headline } from '../model/notification-texts';
import { notificationsOf } from '../model/notifications';
import type { RunEnd } from '../model/queue';
import { notificationAttributes } from './labels';
import { summary } from './markdown';
import type { notify } from './notify';

/**
 * Begins to tell of what has changed in a cluster, where somebody wants to hear of it: a workflow for each notification,
 * which goes on by itself. The promises end once those have been started, and never reject: what cannot be told is logged.
 *
 * A cluster without channels gives no commands here, so that histories of before there were any replay.
 */
export function tellChanges(before: ClusterState, after: ClusterState, end?: RunEnd): Promise<void>[] {
  if (before === after || after.cluster.channels === undefined) return [];
  return notificationsOf(before, after, Date.now(), end).flatMap((notification) => {
    const channels = notification.type === 'notification.test' ? [] : channelsFor(after.cluster, notification.type);
    return channels.length === 0 ? [] : [tell(notification, channels)];
  });
}

async function tell(notification: Notification, channels: readonly string[]): Promise<void> {
  const { cluster, id } = notification;
  try {
    await startChild<typeof notify>(workflowTypes.notify, {
      workflowId: workflowIds.notify(cluster, id),
      taskQueue: queues.control,
      args: [{ notification, channels }],
      parentClosePolicy: 'ABANDON',
      // A cluster that was ended by mistake decides once more: what it has told of is not told again.
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      typedSearchAttributes: new TypedSearchAttributes(notificationAttributes(notification)),
      staticSummary: summary(`tell ${channels.join(', ')}: ${headline(notification)}`),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) log.debug('it has been told already', { id });
    else log.warn('nobody can be told', { id, error });
  }
}
