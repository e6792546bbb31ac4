import type { Client } from '@temporalio/client';
import { BackupError } from '../model/errors';
import { queues } from '../model/names';
import type { ClusterFacts } from '../model/run';
import type { TargetSpec } from '../model/task';

/** A worker polls at least once a minute; one that has not for so long is gone. */
const goneAfterMs = 90_000;
/** The server's numbers for the two kinds of queues (temporal.api.enums.v1.TaskQueueType). */
const queueTypes = { workflow: 1, activity: 2 } as const;

/** True when a worker has polled the queue lately. Quick, and needs no worker itself. */
export async function isServed(client: Client, queue: string, type: keyof typeof queueTypes): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: queueTypes[type],
  });
  return (pollers ?? []).some(
    ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < goneAfterMs,
  );
}

/** `unavailable` when nobody executes workflows now: said at once, instead of waiting for an answer. */
export async function requireWorkers(
  client: Client,
  hint = 'start one with "cairn worker --config cairn.yaml"',
): Promise<void> {
  if (await isServed(client, queues.control, 'workflow')) return;
  throw new BackupError('unavailable', `no worker serves namespace "${client.options.namespace}" of this Temporal`, {
    hint,
  });
}

/** `unavailable` when no worker runs on a host that reaches the target. */
export async function requireReach(client: Client, cluster: ClusterFacts, target: TargetSpec): Promise<void> {
  const hosts = target.kind === 'localDir' ? cluster.localBackupHosts : cluster.hosts;
  const served = await Promise.all(hosts.map((host) => isServed(client, queues.host(host), 'activity')));
  if (served.includes(true)) return;
  throw new BackupError(
    'unavailable',
    `${target.kind} of cluster ${cluster.id} lies on ${hosts.join(', ')}, where no worker runs`,
    {
      hint: 'start a worker there; its configuration names its host',
    },
  );
}
