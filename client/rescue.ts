import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  TypedSearchAttributes,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { type ClusterState, taskOf } from '../model/cluster-state';
import type { Command } from '../model/command';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import { toTell } from '../model/notifications';
import { ended, found, needsCleanUp, type RunEnd, started } from '../model/queue';
import type { RunIdentity } from '../model/run';
import type { ClusterInput } from '../workflows/cluster';
import { type HistoryEvent, readHistory } from './cluster-history';

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
    return await startCluster(client, cluster, await lookingAtRuns(client, await inputOf(client, newest)), 'rescued');
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
  return await described(client, workflowIds.cluster(cluster));
}

/** Undefined for a workflow that the server does not know. */
async function described(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
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
 * A run that goes on is its own. Otherwise it first looks at the newest run: one that was started and perhaps ended in
 * between is recorded.
 */
async function lookingAtRuns(client: Client, input: ClusterInput): Promise<ClusterInput> {
  const { state } = input;
  if (state.running !== undefined) return input;
  const open = await openRun(client, state.cluster.id);
  const isOwn = open !== undefined && open.kind !== 'cleanUp' && taskOf(state, open.task) !== undefined;
  if (!isOwn) return { ...input, state: found(state, Date.now()) };
  return become(input, started(state, open, open.runId, Date.now()));
}

/** With the state after a change, of which nobody has been told: who was told already knows it by its id. */
function become(input: ClusterInput, state: ClusterState, end?: RunEnd): ClusterInput {
  const told = [...(input.told ?? []), ...toTell(input.state, state, Date.now(), end)];
  return { ...input, state, ...(told.length > 0 && { told }) };
}

/** The run of a cluster that goes on, as its memo tells. */
export async function openRun(client: Client, cluster: string): Promise<(RunIdentity & { runId: string }) | undefined> {
  const about = await described(client, workflowIds.run(cluster));
  const run = about?.status.name === 'RUNNING' ? (about.memo?.run as RunIdentity | undefined) : undefined;
  return run && { ...run, runId: about!.runId };
}

/**
 * The state that the run began with, with the ends of runs that it has heard of, and the commands it has heard. One that
 * it had decided is decided again from the same state; who asked has its answer and hears no second one. But what had
 * begun to run is not asked for once more.
 */
async function inputOf(client: Client, { workflowId, runId }: WorkflowExecutionDescription): Promise<ClusterInput> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  return await readInput(client, events ?? []);
}

/** What a cluster's workflow goes on from, out of the history of its newest run. */
export async function readInput(client: Client, events: readonly HistoryEvent[]): Promise<ClusterInput> {
  const { input, heard, ends, begun } = await readHistory(client, events);
  const asked = { ...input!, inbox: [...input!.inbox, ...heard] };
  // As it is, where nothing had begun: it may be what the workflow stumbles over.
  if (begun.size === 0 && ends.length === 0) return asked;
  const recorded = ends.reduce(withEnd, asked);
  return {
    ...recorded,
    state: { ...recorded.state, queue: recorded.state.queue.filter(({ key }) => !begun.has(key)) },
    inbox: recorded.inbox.filter((command) => !begun.has(runKey(command))),
  };
}

/** The key of the run that this command leads to. */
function runKey({ key, order }: Command): string {
  return order.do === 'approve' ? order.asked : key;
}

/** A run that is to be cleaned up behind is not over yet. */
function withEnd(input: ClusterInput, end: RunEnd): ClusterInput {
  const { identity, runId = '' } = end;
  if (identity === undefined || needsCleanUp(end)) return input;
  const going = become(input, started(input.state, identity, runId, Date.now()));
  return become(going, ended(going.state, end, Date.now()), end);
}
