import { randomBytes } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ClusterState } from '../model/cluster-state';
import type { Answer, Order, Refusal } from '../model/command';
import { BackupError, type ErrorKind } from '../model/errors';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import type { request, RequestInput } from '../workflows/request';
import { requireCluster } from './cluster-state';
import { resultOfErrand } from './errand';
import { checkName } from './names';
import { decodePayloads } from './payloads';

export type Accepted = Extract<Answer, { accepted: true }>;

/** Who answers: the clusters themselves, or a dry run. A refusal is thrown, with `context.refusal`. */
export interface Answerer<Told = Accepted> {
  ask(cluster: string, order: Order): Promise<Told>;
  stateOf(cluster: string): Promise<ClusterState>;
}

const waitsForWorkers =
  'start one with "cairn worker --config cairn.yaml"; the request stands and is answered when one comes within two minutes';

/**
 * Asks a cluster's workflow to do something, and waits for its answer. The same key gets the same answer, however
 * often and from wherever it is asked; asked for something else, it is a `conflict`.
 * A refusal is thrown, with `context.refusal`; `unavailable` within three seconds when no worker is there.
 */
export async function ask(client: Client, cluster: string, order: Order, key?: string): Promise<Accepted> {
  await requireCluster(client, cluster);
  const handle = await openRequest(client, { cluster, key: keyOf(key, order), order });
  if (key !== undefined) await requireSameOrder(client, handle, key, order);
  const answer = await resultOfErrand(client, handle, { hint: waitsForWorkers });
  if (answer.accepted) return answer;
  throw refused(answer.refusal, answer.message);
}

/** The given key, checked, or one that nobody has used: it begins with what is asked, for people who read lists of requests. */
export function keyOf(key: string | undefined, order: Order): string {
  if (key !== undefined) return checkName('key', key);
  const about = `${order.do} ${subjectOf(order)}`.trim().replace(/[^A-Za-z0-9_.:-]+/g, '-');
  return `${about.slice(0, 80)}-${randomBytes(6).toString('hex')}`;
}

async function openRequest(client: Client, input: RequestInput): Promise<WorkflowHandle<typeof request>> {
  const workflowId = workflowIds.request(input.cluster, input.key);
  try {
    return await client.workflow.start<typeof request>(workflowTypes.request, {
      workflowId,
      taskQueue: queues.control,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowExecutionTimeout: '10 minutes',
      staticSummary: `${input.order.do} ${subjectOf(input.order)} in cluster ${input.cluster}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return client.workflow.getHandle<typeof request>(workflowId);
  }
}

function subjectOf(order: Order): string {
  if (order.do === 'putTask') return order.task.name;
  return 'task' in order ? order.task : '';
}

async function requireSameOrder(client: Client, handle: WorkflowHandle, key: string, order: Order): Promise<void> {
  const { events } = await handle.fetchHistory();
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const [asked] = (await decodePayloads(client, payloads)) as [RequestInput];
  if (JSON.stringify(withoutAsker(asked.order)) === JSON.stringify(withoutAsker(order))) return;
  throw new BackupError(
    'conflict',
    `key "${key}" stands for another request already (${asked.order.do} ${subjectOf(asked.order)})`,
    {
      hint: 'a key belongs to one request: take another key',
    },
  );
}

/** A pipeline's step that is tried again may do so as another user. Who approves is what an approval is about. */
function withoutAsker(order: Order): Order {
  if (order.do !== 'start') return order;
  const { by: _whoever, ...start } = order;
  return start;
}

const kinds: { readonly [refusal in Refusal]: ErrorKind } = {
  unknownTask: 'missing',
  unknownCluster: 'missing',
  invalid: 'invalid',
  tooLarge: 'invalid',
  alreadyRunning: 'conflict',
  queueFull: 'conflict',
  notStartable: 'conflict',
  notRunning: 'conflict',
  notAwaited: 'conflict',
  samePerson: 'denied',
  notPlanned: 'conflict',
  postponed: 'conflict',
  locked: 'conflict',
  tooOld: 'conflict',
  inUse: 'conflict',
  limit: 'conflict',
};

/** A refusal of the cluster as an error; `context.refusal` tells which. */
export function refused(refusal: Refusal, message: string): BackupError {
  const [what = message, hint] = message.split(/\.? HINT: /, 2);
  return new BackupError(kinds[refusal], what, { refusal, ...(hint === undefined ? {} : { hint }) });
}
