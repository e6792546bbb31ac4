import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { queues } from '../model/names';
import { errorWith } from './failures';
import { letManyListen } from './many-listeners';
import { lastPoll, millisecondsOf, noWorkers, requireWorkers } from './workers-there';

/** A worker that is there takes new work up at once. */
const takenUpWithinMs = 1000;
const lookAgainEveryMs = 5000;

interface Errand<R> {
  result(): Promise<R>;
  describe(): Promise<WorkflowExecutionDescription>;
}

export interface ErrandOptions {
  /** What to do where no worker is there. */
  readonly hint?: string | undefined;
  /** After so long a step that has failed, and would be tried again, is waited for no more. Default: it is. */
  readonly patienceMs?: number | undefined;
}

/** For those who wait at a terminal: long enough for a step to be tried several times. */
export const somePatienceMs = 12_000;

/**
 * The result of a workflow that works for people (a request, a list, a verification), however long it takes.
 * `unavailable` within three seconds when no worker takes it up, and, with its reason, when patience ends; it stands all
 * the same.
 */
export async function resultOfErrand<R>(client: Client, handle: Errand<R>, options: ErrandOptions = {}): Promise<R> {
  const stop = new AbortController();
  letManyListen(stop.signal);
  const result = client.withAbortSignal(stop.signal, () => handle.result());
  try {
    return await Promise.race([result, whileWorkersAreThere(client, handle, options, stop.signal)]);
  } finally {
    stop.abort();
  }
}

async function whileWorkersAreThere(
  client: Client,
  handle: Errand<unknown>,
  { hint, patienceMs = Infinity }: ErrandOptions,
  signal: AbortSignal,
): Promise<never> {
  const patienceEnds = Date.now() + patienceMs;
  await requireWorkers(client, hint);
  await sleep(takenUpWithinMs, undefined, { signal });
  if (!(await isTakenUp(client, handle))) throw noWorkers(client, hint);
  for (;;) {
    await sleep(lookAgainEveryMs, undefined, { signal });
    await requireWorkers(client, hint);
    if (Date.now() > patienceEnds) refuseTrouble(await handle.describe());
  }
}

/** Throws what the step failed with that is tried again and again. */
function refuseTrouble({ raw }: WorkflowExecutionDescription): void {
  const failed = (raw.pendingActivities ?? []).find(({ lastFailure }) => lastFailure?.message);
  if (failed !== undefined) throw errorWith('unavailable', failed.lastFailure!.message!, undefined);
}

/**
 * The server lists a worker for minutes after its end. But work that is offered, and not taken by anybody, while
 * nobody has asked for work since, tells that nobody is there. A busy worker asks again and again.
 */
async function isTakenUp(client: Client, handle: Errand<unknown>): Promise<boolean> {
  const { historyLength, raw } = await handle.describe();
  const { startedTime, scheduledTime } = raw.pendingWorkflowTask ?? {};
  const isOnlyOffered = historyLength <= 2 && !startedTime;
  if (!isOnlyOffered) return true;
  return (await lastPoll(client, queues.control, 'workflow')) > millisecondsOf(scheduledTime);
}
