import type { Client } from '@temporalio/client';
import { BackupError } from '../model/errors';
import { queues } from '../model/names';

/** A worker polls at least once a minute; one that has not for so long is gone. */
const goneAfterMs = 90_000;

/** The hosts, those first whose workers have polled lately, each group in the given order. */
export async function liveHostsFirst(client: Client, hosts: readonly string[]): Promise<string[]> {
  const looked = await look(client, hosts);
  return [...looked.filter((one) => one.live), ...looked.filter((one) => !one.live)].map((one) => one.host);
}

/**
 * Of hosts that are all as good: the live ones in the given order; the first where none is. For the last of a list there is
 * no bound, so one that is away already, perhaps for good, must not stand there while another lives.
 */
export async function liveHostsOnly(client: Client, hosts: readonly string[]): Promise<string[]> {
  const live = (await look(client, hosts)).filter((one) => one.live).map((one) => one.host);
  return live.length > 0 ? live : hosts.slice(0, 1);
}

/**
 * Whoever begins something asks it before: it would wait for a host, and keep others waiting, for as long as that is away.
 * `unavailable` where no worker of any of the hosts has polled lately: they come live ones first, so the first tells.
 */
export async function refuseUnserved(client: Client, hosts: readonly string[]): Promise<void> {
  const [first] = hosts;
  if (first !== undefined && (await isLive(client, first))) return;
  throw new BackupError(
    'unavailable',
    `no worker is at work on ${hosts.join(' or ')}, where it would have to be done`,
    {
      hint: 'start `cairn worker` there; `cairn cluster check` shows which hosts are served',
    },
  );
}

async function look(client: Client, hosts: readonly string[]): Promise<{ host: string; live: boolean }[]> {
  return await Promise.all(hosts.map(async (host) => ({ host, live: await isLive(client, host) })));
}

async function isLive(client: Client, host: string): Promise<boolean> {
  const queue = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queues.host(host) },
    taskQueueType: 2, // TASK_QUEUE_TYPE_ACTIVITY
  });
  return (queue.pollers ?? []).some(
    (poller) => Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1000 < goneAfterMs,
  );
}
