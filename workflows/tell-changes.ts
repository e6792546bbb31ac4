import { log, startChild, uuid4 } from '@temporalio/workflow';
import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import { headline } from '../model/notification-texts';
import { clusterAttribute, notificationAttributes } from './labels';
import { summary } from './markdown';
import type { notify, NotifyInput } from './notify';
import type { notifyAll } from './notify-all';

/** Each one that a cluster starts itself costs it four events and a moment; more are started by a workflow for that. */
const fewAtOnce = 5;

/**
 * Begins to tell, by workflows that go on by themselves; ends once they have been started. That fails for no cluster: what
 * cannot be told is logged. Where there is nothing to tell it gives no command, so that older histories replay.
 */
export async function tellAll(cluster: string, told: readonly NotifyInput[]): Promise<void> {
  if (told.length <= fewAtOnce) await Promise.all(told.map(tell));
  else
    await startChild<typeof notifyAll>(workflowTypes.notifyAll, {
      workflowId: workflowIds.notifyAll(cluster, uuid4()),
      taskQueue: queues.control,
      args: [{ cluster, told }],
      parentClosePolicy: 'ABANDON',
      typedSearchAttributes: new TypedSearchAttributes(clusterAttribute(cluster)),
      staticSummary: `tell of ${told.length} things that happened in cluster ${cluster}`,
    }).catch((error: unknown) => log.warn('nobody can be told', { error }));
}

/** Starts the workflow that tells of one thing. Never rejects. */
export async function tell(input: NotifyInput): Promise<void> {
  const { notification, channels } = input;
  const { cluster, id } = notification;
  try {
    await startChild<typeof notify>(workflowTypes.notify, {
      workflowId: workflowIds.notify(cluster, id),
      taskQueue: queues.control,
      args: [input],
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
