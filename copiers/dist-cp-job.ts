import { setTimeout as sleep } from 'node:timers/promises';
import type { Copied } from '../model/copier';
import { BackupError, isKind } from '../model/errors';
import type { JobCounters, Yarn, YarnApplication } from '../servers/yarn';
import { failureOf } from './dist-cp-failure';
import { copiedIn, doneIn } from './dist-cp-output';

/** How far a copy has come. */
export type ReportDone = (done: { readonly bytes: number; readonly files: number }) => void;

/** The job of a copy, if Yarn has one: the newest. Should several of them run, it is left alone with the target. */
export async function findJob(yarn: Yarn, tag: string): Promise<YarnApplication | undefined> {
  const [newest, ...older] = await yarn.applicationsByTag(tag);
  await endAll(yarn, older);
  return newest;
}

/** Kills what runs of a copy, and returns when it has ended. */
export async function endJobs(yarn: Yarn, tag: string): Promise<void> {
  await endAll(yarn, await yarn.applicationsByTag(tag));
}

async function endAll(yarn: Yarn, applications: readonly YarnApplication[]): Promise<void> {
  const running = applications.filter(({ isOver }) => !isOver);
  for (const { id } of running) await yarn.kill(id);
  for (const { id } of running) await untilOver(yarn, id);
}

const mostTries = 200;

async function untilOver(yarn: Yarn, id: string): Promise<void> {
  for (let tries = 0; !(await isOver(yarn, id)); tries += 1) {
    if (tries === mostTries) throw new BackupError('unavailable', `the job ${id} was killed in Yarn, but does not end`);
    await sleep(300);
  }
}

async function isOver(yarn: Yarn, id: string): Promise<boolean> {
  try {
    return (await yarn.application(id)).isOver;
  } catch (error) {
    if (isKind(error, 'missing')) return true;
    throw error;
  }
}

/** True when the job was at work when it was looked at. */
export function isAtWork({ state }: YarnApplication): boolean {
  return state === 'waiting' || state === 'running';
}

/**
 * Waits until a job of Yarn has done its work, whoever started it; one that fails is thrown as what its cause is. A
 * ResourceManager that does not answer is `unavailable`: the job goes on, the next attempt finds it again.
 */
export async function followJob(
  yarn: Yarn,
  found: YarnApplication,
  from: string,
  report: ReportDone,
  signal: AbortSignal,
): Promise<Copied> {
  let counters: JobCounters | undefined;
  let application = found;
  for (const wait of growingWaits()) {
    if (!isAtWork(application)) break;
    counters = (await yarn.jobCounters(application.id)) ?? counters;
    if (counters !== undefined) report(doneIn(counters));
    await sleep(wait, undefined, { signal });
    application = await jobNow(yarn, application.id);
  }
  return resultOf(yarn, application, from, counters);
}

/** A ResourceManager that keeps no state has lost its jobs when it is started again: then there is a job to start anew. */
export async function jobNow(yarn: Yarn, id: string): Promise<YarnApplication> {
  try {
    return await yarn.application(id);
  } catch (cause) {
    if (!isKind(cause, 'missing')) throw cause;
    throw new BackupError('unavailable', `Yarn does not know the job ${id} any more`, { job: id }, { cause });
  }
}

/** Milliseconds: at first every second, at last every three. */
export function* growingWaits(): Generator<number> {
  for (let wait = 1_000; ; wait = Math.min(wait * 1.2, 3_000)) yield wait;
}

/** What a job did that is not at work any more. Its counters have gone with it: those seen last may lack the last files. */
async function resultOf(
  yarn: Yarn,
  application: YarnApplication,
  from: string,
  counters: JobCounters | undefined,
): Promise<Copied> {
  if (application.state === 'succeeded') {
    const last = (await yarn.jobCounters(application.id)) ?? counters;
    return { ...(last && copiedIn(last)), job: application.id };
  }
  throw jobFailure(application, from);
}

/** Why a job failed, by what Yarn tells and what the driver said, if there was one. */
export function jobFailure(application: YarnApplication, from: string, said: readonly string[] = []): BackupError {
  const diagnostics = application.diagnostics.split('\n');
  const killer = /killed by user (\S+)|received from (\S+) \(auth/i.exec(application.diagnostics);
  if (application.state !== 'killed' || killer === null)
    return failureOf({ said: [...diagnostics, ...said], job: application.id, from });
  const [, user = killer[2]!] = killer;
  return killed(application, user);
}

/**
 * Somebody who kills a job in Yarn wants it to end, and not to come back at once. Only where it was the user that the job
 * belongs to, it may have been another attempt of ours, whose worker was being stopped: that is tried again.
 */
function killed({ id, user: owner }: YarnApplication, user: string): BackupError {
  const kind = user === owner ? 'unavailable' : 'conflict';
  return new BackupError(kind, `the job ${id} was killed in Yarn by user ${user}`, {
    hint: 'start the task again when its job may run; to end a job, stop the task',
    job: id,
  });
}
