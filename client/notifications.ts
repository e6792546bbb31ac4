import { randomUUID } from 'node:crypto';
import { BackupError } from '../model/errors';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import type { Notification } from '../model/notification';
import type { Delivery, notify } from '../workflows/notify';
import { lastKnownState, type Site } from './cluster-state';
import { resultOfErrand } from './errand';
import { chooseCluster } from './known-clusters';

export interface TestOptions {
  readonly cluster?: string | undefined;
  /** Of the cluster's channels only this one. */
  readonly channel?: string | undefined;
}

/**
 * Sends a test notification through the channels of a cluster, by the workers that have them, once each; tells what came
 * back. A channel that failed is a finding, not an error. `missing` for one that the cluster does not have.
 */
export async function testNotifications(site: Site, { cluster: named, channel }: TestOptions): Promise<Delivery[]> {
  const cluster = await chooseCluster(site.client, named);
  const { channels = [] } = (await lastKnownState(site, cluster)).cluster;
  const wanted = channels.map(({ name }) => name).filter((name) => channel === undefined || name === channel);
  if (wanted.length === 0) throw noChannel(cluster, channel, channels);
  const id = `${cluster}:test:${randomUUID()}`;
  const notification: Notification = { id, type: 'notification.test', timestamp: new Date().toISOString(), cluster };
  const handle = await site.client.workflow.start<typeof notify>(workflowTypes.notify, {
    workflowId: workflowIds.notify(cluster, id),
    taskQueue: queues.control,
    args: [{ notification, channels: wanted, once: true }],
    workflowExecutionTimeout: '5 minutes',
    staticSummary: `try ${wanted.join(', ')}`,
  });
  return await resultOfErrand(site.client, handle);
}

function noChannel(cluster: string, wanted: string | undefined, channels: readonly { readonly name: string }[]) {
  const names = channels.map(({ name }) => name).join(', ');
  return new BackupError(
    'missing',
    channels.length === 0
      ? `nobody is told of cluster ${cluster}`
      : `cluster ${cluster} has no channel "${wanted}", but ${names}`,
    { hint: "notifications in the workers' cairn.yaml names channels; a worker takes them up at its start" },
  );
}
