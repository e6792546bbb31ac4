import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import type { EndedRun, TaskState } from '../model/cluster-state';
import { timeOf } from '../model/label';
import { workflowIds } from '../model/names';
import type { RunResult } from '../model/run';

/** How a run ended: by its own record, or by what ended it where it could write none. */
type EndOfRun = { readonly record: RunResult } | { readonly reason: string };

/** Waits for the end of a run and gives its own record; undefined when it could not write one (terminated, timed out, forgotten). */
export async function resultOfRun(client: Client, cluster: string, runId: string): Promise<RunResult | undefined> {
  const end = await endOfRun(client, cluster, runId);
  return end !== undefined && 'record' in end ? end.record : undefined;
}

/** Waits for the end of a run; undefined when the server does not know it (any more). */
export async function endOfRun(client: Client, cluster: string, runId: string): Promise<EndOfRun | undefined> {
  const handle = client.workflow.getHandle(workflowIds.run(cluster), runId, { followRuns: false });
  try {
    return recordOr(asRecord(await handle.result()), 'it left no record');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    if (!(error instanceof WorkflowFailedError)) throw error;
    return recordOr(recordIn(error.cause), reasonIn(error.cause));
  }
}

function recordOr(record: RunResult | undefined, reason: string): EndOfRun {
  return record === undefined ? { reason } : { record };
}

/** In the words in which the cluster tells it. */
function reasonIn(cause: Error | undefined): string {
  const reason = cause?.message ?? '';
  return cause instanceof TerminatedFailure ? `terminated by hand: ${reason}` : reason;
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
