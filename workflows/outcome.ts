import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  rootCause,
  TimeoutFailure,
} from '@temporalio/workflow';
import { reasonOfFailed } from '../model/failed-parts';
import type { BuiltSource } from '../model/kinds';
import { overriddenVersions } from '../model/restore-rules';
import { outcomeOf, type PartResult, type RunInput, type RunResult } from '../model/run';

/** Why something failed, in words for people, with the error's kind. */
export function reasonOf(error: unknown): { reason: string; errorKind: string } {
  const cause = deepest(error);
  if (cause instanceof ApplicationFailure) return { reason: cause.message, errorKind: cause.type ?? 'unknown' };
  if (cause instanceof TimeoutFailure)
    return { reason: `a step did not end in time (${cause.timeoutType})`, errorKind: 'unavailable' };
  if (cause instanceof CancelledFailure) return { reason: 'stopped', errorKind: 'cancelled' };
  return { reason: rootCause(error) ?? String(error), errorKind: 'unknown' };
}

/** What has been done stands: that something after it failed is a note, in words that begin so, and hides nothing else. */
export async function asNote(what: string, work: () => Promise<unknown>): Promise<string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    return [`${what}: ${reasonOf(error).reason}`];
  }
}

/** With these notes before its own. */
export function withNotes({ notes: own = [], ...result }: PartResult, before: readonly string[]): PartResult {
  const notes = [...before, ...own];
  return { ...result, ...(notes.length > 0 && { notes }) };
}

function deepest(error: unknown): unknown {
  const isWrapper = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return isWrapper && error.cause !== undefined ? deepest(error.cause) : error;
}

/** What became of a source's part, or of one of its sets, that failed or was stopped. */
export function failedResult(source: BuiltSource, error: unknown, part = ''): PartResult {
  const why = reasonOf(error);
  const outcome = why.errorKind === 'cancelled' ? 'Stopped' : 'Failed';
  return { source, part, outcome, bytes: 0, files: 0, ...why };
}

/** The record of a run that has ended. */
export function resultOf(run: RunInput, begin: number, parts: readonly PartResult[], stopped: boolean): RunResult {
  const { kind, key, task, label, trigger, approval } = run;
  const outcome = outcomeOf(parts, stopped);
  const reason = stopped ? 'stopped' : reasonOfFailed(parts);
  const overridden = overriddenIn(run);
  const more = {
    ...(reason && { reason }),
    ...(approval && { approval }),
    ...(overridden.length > 0 && { overridden }),
  };
  return { kind, key, task, label, trigger, outcome, begin, end: Date.now(), parts, ...more };
}

function overriddenIn({ spec, cluster }: RunInput): string[] {
  return spec.kind === 'restoration' ? overriddenVersions(spec, cluster.version) : [];
}

/** Ends the workflow as the record says, so that the Temporal UI shows it; the record lies in the result or in the failure's details. */
export function endAs(result: RunResult): RunResult {
  if (result.outcome === 'Stopped') throw new CancelledFailure('stopped', [result]);
  if (result.outcome === 'Failed')
    throw ApplicationFailure.create({
      message: result.reason ?? 'failed',
      type: 'RunFailed',
      nonRetryable: true,
      details: [result],
    });
  return result;
}
