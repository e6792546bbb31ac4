import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { workflowIds } from '../model/names';
import type { RunEnd } from '../model/queue';
import type { RunIdentity, RunResult } from '../model/run';
import { beating } from './beat';
import { describeWorkflow } from './describe-workflow';

export type ClusterActivities = ReturnType<typeof createClusterActivities>;

/** What the `cluster` workflow needs of Temporal itself. */
export function createClusterActivities() {
  return {
    /**
     * Waits for the end of a cluster's run: a long poll, so a run that is terminated in the UI is noticed at once.
     * Without `runId`: the run that goes on under the cluster's run id. A run that was *reset* goes on as another
     * one, which is then waited for.
     */
    async awaitRun({ cluster, runId }: { cluster: string; runId?: string }): Promise<RunEnd> {
      const { client, cancelled } = Context.current();
      return await beating(() => Promise.race([endOf(client, workflowIds.run(cluster), runId), cancelled]));
    },
  };
}

async function endOf(client: Client, workflowId: string, runId?: string): Promise<RunEnd> {
  const about = await describeWorkflow(client, workflowId, runId);
  if (about === undefined) return { status: 'missing', reason: 'the run is not known to the server any more' };
  const identity = about.memo?.run as RunIdentity | undefined;
  const facts = { runId: about.runId, ...(identity && { identity }) };
  try {
    const result: unknown = await client.workflow.getHandle(workflowId, about.runId).result();
    return { status: 'completed', ...facts, ...recordOf(result) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const next = await runAfterReset(client, workflowId, about.runId, error.cause);
    return next === undefined ? { ...endFrom(error.cause), ...facts } : await endOf(client, workflowId, next);
  }
}

/** A reset ends the run as terminated and goes on under the same id. */
async function runAfterReset(
  client: Client,
  workflowId: string,
  runId: string,
  cause: unknown,
): Promise<string | undefined> {
  if (!(cause instanceof TerminatedFailure)) return undefined;
  const newest = await client.workflow.getHandle(workflowId).describe();
  return newest.runId !== runId && newest.status.name === 'RUNNING' ? newest.runId : undefined;
}

function endFrom(cause: unknown): RunEnd {
  const reason = cause instanceof TemporalFailure ? cause.message : String(cause);
  if (cause instanceof TerminatedFailure) return { status: 'terminated', reason: `terminated by hand: ${reason}` };
  if (cause instanceof TimeoutFailure) return { status: 'timedOut', reason };
  if (cause instanceof CancelledFailure)
    return { status: 'cancelled', reason: 'stopped', ...recordOf(cause.details[0]) };
  if (cause instanceof ApplicationFailure) return { status: 'failed', reason, ...recordOf(cause.details?.[0]) };
  return { status: 'failed', reason };
}

function recordOf(value: unknown): { result?: RunResult } {
  return typeof value === 'object' && value !== null && 'outcome' in value ? { result: value as RunResult } : {};
}
