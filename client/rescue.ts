import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  TypedSearchAttributes,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { Command } from '../model/command';
import { messages, workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import { found } from '../model/queue';
import type { ClusterInput } from '../workflows/cluster';
import { decodePayloads } from './payloads';

export type Rescue = 'running' | 'rescued' | 'started' | 'unknown';

/**
 * Makes sure that a cluster's workflow runs. Safe to repeat, and for several to call at once.
 *
 * `running`: nothing was to be done. `rescued`: it had been closed by somebody and goes on from its newest input,
 * which is its state, with the commands that it had heard since. `started`: the server knew none, and it was made
 * from `fallback`. `unknown`: the server knows none and there is no `fallback`.
 */
export async function rescueCluster(client: Client, cluster: string, fallback?: ClusterInput): Promise<Rescue> {
  const newest = await newestRun(client, cluster);
  if (newest?.status.name === 'RUNNING') return 'running';
  if (newest !== undefined)
    return await startCluster(client, cluster, lookingAtRuns(await inputOf(client, newest)), 'rescued');
  if (fallback === undefined) return 'unknown';
  return await startCluster(client, cluster, fallback, 'started');
}

/**
 * The newest run of a cluster's workflow. Undefined for a cluster that the server does not know, and for one that was
 * removed: its workflow came to its own end, and nothing of it comes back.
 */
export async function newestRun(client: Client, cluster: string): Promise<WorkflowExecutionDescription | undefined> {
  const newest = await anyRun(client, cluster);
  return newest?.status.name === 'COMPLETED' ? undefined : newest;
}

async function anyRun(client: Client, cluster: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowIds.cluster(cluster)).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function startCluster(client: Client, cluster: string, input: ClusterInput, as: Rescue): Promise<Rescue> {
  try {
    await client.workflow.start(workflowTypes.cluster, {
      workflowId: workflowIds.cluster(cluster),
      taskQueue: queues.control,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `cluster ${cluster}`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: defineSearchAttributeKey('Cluster', 'KEYWORD'), value: cluster },
      ]),
    });
    return as;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running';
    throw error;
  }
}

/** What a cluster's workflow was given last, a second ago at most: also where no worker, or a stuck workflow, cannot tell it. */
export async function newestInput(client: Client, cluster: string): Promise<ClusterInput | undefined> {
  const newest = await anyRun(client, cluster);
  return newest && (await inputOf(client, newest));
}

/**
 * It first looks at the newest run: one that was started and perhaps ended in between is recorded, and its request is
 * not carried out a second time.
 */
function lookingAtRuns({ state, inbox }: ClusterInput): ClusterInput {
  return { state: state.running === undefined ? found(state, Date.now()) : state, inbox };
}

/**
 * The state that the run began with, and all commands it has heard. One that it had decided is decided again from
 * the same state; who asked has its answer and hears no second one.
 */
async function inputOf(client: Client, { workflowId, runId }: WorkflowExecutionDescription): Promise<ClusterInput> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const inputs: ClusterInput[] = [];
  const heard: Command[] = [];
  for (const {
    workflowExecutionStartedEventAttributes: start,
    workflowExecutionSignaledEventAttributes: signal,
  } of events ?? []) {
    if (start) inputs.push(...((await decodePayloads(client, start.input?.payloads)) as ClusterInput[]));
    if (signal?.signalName === messages.command)
      heard.push(...((await decodePayloads(client, signal.input?.payloads)) as Command[]));
  }
  const [{ state, inbox }] = inputs as [ClusterInput];
  return { state, inbox: [...inbox, ...heard] };
}
