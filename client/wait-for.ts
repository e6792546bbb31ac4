import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { type ClusterState, type EndedRun, taskOf } from '../model/cluster-state';
import { BackupError, messageOf } from '../model/errors';
import { labelAt } from '../model/label';
import type { RunResult } from '../model/run';
import { clusterState } from './cluster-state';
import { mayPass } from './failures';
import { letManyListen } from './many-listeners';
import { checkName } from './names';
import { pastRuns } from './past-runs';
import { type LiveProgress, runProgress } from './run-progress';
import { resultFrom, resultOfRun } from './run-result';
import type { Started } from './tasks';

/** What a run that is waited for does. */
export type WaitState =
  /** Somebody else than who asked is to approve it, until then: milliseconds since 1970. */
  | { readonly state: 'awaitsApproval'; readonly by: string; readonly until: number }
  | { readonly state: 'waiting'; readonly before: number }
  | { readonly state: 'running'; readonly progress: LiveProgress }
  /** It was ended from outside, and what it left is removed. */
  | { readonly state: 'cleaningUp' }
  /** Temporal or its workers do not answer now. */
  | { readonly state: 'unanswered'; readonly why: string };

export interface WaitOptions {
  /** Called about once a second. */
  readonly onProgress?: ((state: WaitState) => void) | undefined;
  /** Ends the waiting with `cancelled`; the run goes on. */
  readonly signal?: AbortSignal | undefined;
}

interface Wait {
  readonly client: Client;
  readonly run: Pick<Started, 'cluster' | 'task' | 'key'>;
  readonly signal: AbortSignal;
  show(state: WaitState): void;
}

const poll = { firstMs: 250, mostMs: 2000, forPeopleMs: 5000, growth: 1.3, progressMs: 1000 };
/** Temporal or its workers may be away for so long. */
const patienceMs = 120_000;
/** The cluster records a run's end at once; if it does not, the run's own record stands all the same. */
const recordedWithinMs = 5000;

/**
 * Waits until the run has ended and its cluster has recorded it, and gives its record, however it ended.
 * Survives Temporal and workers being away for two minutes; then `unavailable`.
 */
export async function waitFor(client: Client, run: Wait['run'], options: WaitOptions = {}): Promise<RunResult> {
  const { signal = new AbortController().signal, onProgress: show = () => undefined } = options;
  checkName('cluster', run.cluster);
  checkName('task', run.task);
  try {
    return await untilRecorded({ client, run, signal, show });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new BackupError('cancelled', `no longer waiting for "${run.task}"; its run goes on`, {}, { cause: error });
  }
}

async function untilRecorded(wait: Wait): Promise<RunResult> {
  let record: RunResult | undefined;
  let giveUp = Infinity;
  let most = poll.mostMs;
  for (let pause = poll.firstMs; ; pause = Math.min(pause * poll.growth, most)) {
    const state = await patiently(wait, () => clusterState(wait.client, wait.run.cluster));
    const place = placeOf(state, wait.run.key);
    if (place.at === 'ended') return record ?? (await recordOf(wait, state, place.run));
    if (place.at === 'nowhere') return record ?? (await recordOfForgotten(wait, state));
    if (Date.now() > giveUp) return record!;
    if (place.at === 'running' && record === undefined) {
      record = await watchRun(wait, place.runId);
      if (record !== undefined) [giveUp, pause] = [Date.now() + recordedWithinMs, 50];
    }
    if (place.at === 'awaits') wait.show({ state: 'awaitsApproval', by: place.by, until: place.until });
    most = place.at === 'awaits' ? poll.forPeopleMs : poll.mostMs;
    if (place.at === 'queue') wait.show({ state: 'waiting', before: place.before });
    if (place.at === 'cleanUp') wait.show({ state: 'cleaningUp' });
    await sleep(pause, undefined, { signal: wait.signal });
  }
}

type Place =
  | { readonly at: 'awaits'; readonly by: string; readonly until: number }
  | { readonly at: 'queue'; readonly before: number }
  | { readonly at: 'running'; readonly runId: string }
  | { readonly at: 'cleanUp' | 'nowhere' }
  | { readonly at: 'ended'; readonly run: EndedRun };

/** Where the run of a request is. */
export function placeOf({ ended, running, queue, tasks }: ClusterState, key: string): Place {
  const run = ended.find((one) => one.key === key);
  if (run !== undefined) return { at: 'ended', run };
  if (running?.key === key)
    return running.kind === 'cleanUp' || running.runId === undefined
      ? { at: 'cleanUp' }
      : { at: 'running', runId: running.runId };
  const place = queue.findIndex((one) => one.key === key);
  if (place !== -1) return { at: 'queue', before: place + (running === undefined ? 0 : 1) };
  const request = Object.values(tasks).find((task) => task.awaits?.key === key)?.awaits;
  return request === undefined ? { at: 'nowhere' } : { at: 'awaits', by: request.by, until: request.until };
}

/** Shows a run's progress until it has ended; undefined when it left no record. */
async function watchRun(wait: Wait, runId: string): Promise<RunResult | undefined> {
  const { client, run } = wait;
  const showing = new AbortController();
  const shown = showProgress(wait, runId, showing.signal);
  const stop = AbortSignal.any([wait.signal]);
  letManyListen(stop);
  try {
    return await patiently(wait, () => client.withAbortSignal(stop, () => resultOfRun(client, run.cluster, runId)));
  } finally {
    showing.abort();
    await shown;
  }
}

/** A progress that cannot be had is not worth an error. */
async function showProgress({ client, run, show }: Wait, runId: string, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const progress = await runProgress(client, run.cluster, runId).catch(() => undefined);
    if (progress !== undefined && !ended.aborted) show({ state: 'running', progress });
    await sleep(poll.progressMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

async function recordOf({ client, run }: Wait, state: ClusterState, ended: EndedRun): Promise<RunResult> {
  const record = ended.runId === undefined ? undefined : await resultOfRun(client, run.cluster, ended.runId);
  return record ?? resultFrom(ended, taskOf(state, run.task) ?? { reason: 'the task was deleted' });
}

/** Stopped before it began, or so long ago that the cluster has forgotten it: then the server may still know it. */
async function recordOfForgotten({ client, run }: Wait, state: ClusterState): Promise<RunResult> {
  for await (const past of pastRuns(client, run.cluster, run.task)) {
    if (past.key !== run.key) continue;
    return (await resultOfRun(client, run.cluster, past.runId)) ?? resultFrom(past, {});
  }
  const task = taskOf(state, run.task);
  if (task === undefined || task.status !== 'Stopped')
    throw new BackupError('missing', `the run of "${run.task}" with key "${run.key}" is not known`, {
      hint: 'it is over since long: "cairn task history" lists the runs that are known',
    });
  const now = Date.now();
  const kind = task.spec.kind;
  return {
    kind,
    ...run,
    label: labelAt(now),
    trigger: 'manual',
    outcome: 'Stopped',
    reason: task.reason ?? 'stopped',
    begin: now,
    end: now,
    parts: [],
  };
}

async function patiently<T>({ show, signal }: Wait, work: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !mayPass(error) || Date.now() > deadline) throw error;
      show({ state: 'unanswered', why: messageOf(error) });
      await sleep(poll.progressMs, undefined, { signal });
    }
  }
}
