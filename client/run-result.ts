import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { EndedRun, TaskState } from '../model/cluster-state';
import { timeOf } from '../model/label';
import { workflowIds } from '../model/names';
import type { RunResult } from '../model/run';

/** Waits for the end of a run and gives its own record; undefined when it could not write one (terminated, timed out, forgotten). */
export async function resultOfRun(client: Client, cluster: string, runId: string): Promise<RunResult | undefined> {
  const handle = client.workflow.getHandle(workflowIds.run(cluster), runId, { followRuns: false });
  try {
    return asRecord(await handle.result());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    if (!(error instanceof WorkflowFailedError)) throw error;
    return recordIn(error.cause);
  }
}

/** A run that failed or was stopped carries its record in the failure's details. */
function recordIn(cause: Error | undefined): RunResult | undefined {
  if (cause instanceof ApplicationFailure || cause instanceof CancelledFailure) return asRecord(cause.details?.[0]);
  return undefined;
}

function asRecord(value: unknown): RunResult | undefined {
  return typeof value === 'object' && value !== null && 'outcome' in value ? (value as RunResult) : undefined;
}

/** What the cluster remembers of a run that left no record. */
export function resultFrom(
  { kind, key, task, label, outcome, reason: itsOwn }: EndedRun,
  known: Pick<TaskState, 'reason'>,
): RunResult {
  const begin = timeOf(label);
  const reason = itsOwn ?? known.reason;
  return {
    kind,
    key,
    task,
    label,
    trigger: 'manual',
    outcome,
    begin,
    end: begin,
    parts: [],
    ...(reason ? { reason } : {}),
  };
}
