import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { BackupError } from '../model/errors';
import { queues } from '../model/names';
import type { ClusterFacts } from '../model/run';
import type { TargetSpec } from '../model/task';

/** A worker polls at least once a minute; one that has not for so long is gone. */
const goneAfterMs = 90_000;
/** The server's numbers for the two kinds of queues (temporal.api.enums.v1.TaskQueueType). */
const queueTypes = { workflow: 1, activity: 2 } as const;
type QueueType = keyof typeof queueTypes;
type Timestamp = NonNullable<WorkflowExecutionDescription['raw']['workflowExecutionInfo']>['startTime'];

/** True when a worker has polled the queue lately. Quick, and needs no worker itself; one that stopped just now still counts. */
export async function isServed(client: Client, queue: string, type: QueueType): Promise<boolean> {
  return Date.now() - (await lastPoll(client, queue, type)) < goneAfterMs;
}

/** When a worker asked the queue for work last, by the server's clock; 0: never. */
export async function lastPoll(client: Client, queue: string, type: QueueType): Promise<number> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: queueTypes[type],
  });
  return Math.max(0, ...(pollers ?? []).map(({ lastAccessTime }) => millisecondsOf(lastAccessTime)));
}

/** A time as the server writes it, in milliseconds since 1970; 0 when it is absent. */
export function millisecondsOf(time: Timestamp | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}

/** `unavailable` when nobody executes workflows now: said at once, instead of waiting for an answer. */
export async function requireWorkers(client: Client, hint?: string): Promise<void> {
  if (!(await isServed(client, queues.control, 'workflow'))) throw noWorkers(client, hint);
}

export function noWorkers(client: Client, hint = 'start one with "cairn worker --config cairn.yaml"'): BackupError {
  const what = `no worker serves namespace "${client.options.namespace}" of this Temporal`;
  return new BackupError('unavailable', what, { hint });
}

/** `unavailable` when no worker runs on a host that reaches the target. */
export async function requireReach(client: Client, cluster: ClusterFacts, target: TargetSpec): Promise<void> {
  const isOnDisk = target.kind === 'localDir';
  const hosts = isOnDisk ? cluster.localBackupHosts : cluster.hosts;
  const served = await Promise.all(hosts.map((host) => isServed(client, queues.host(host), 'activity')));
  if (served.includes(true)) return;
  throw new BackupError(
    'unavailable',
    isOnDisk
      ? `${target.kind} of cluster ${cluster.id} lies on ${hosts.join(', ')}, where no worker runs`
      : `no worker of cluster ${cluster.id} runs (${hosts.join(', ')}) that could look at its ${target.kind}`,
    { hint: isOnDisk ? 'start a worker there; its configuration names its host' : 'start one of them' },
  );
}
