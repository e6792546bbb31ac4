import type { Client } from '@temporalio/client';
import type { ClusterState } from '../model/cluster-state';
import { messages } from '../model/messages';
import { workflowIds } from '../model/names';
import type { Phase, RunProgress, StepProgress } from '../model/run';
import { decodePayloads } from './payloads';
import { query } from './query';

const answerWithinMs = { usually: 3000, inAList: 1500 };

/** How far a run is, at this moment. */
export interface LiveProgress extends RunProgress {
  /** A step failed and is tried again: which time, and why the last one failed. */
  readonly trouble?: { readonly attempt: number; readonly why: string };
}

type Trouble = NonNullable<LiveProgress['trouble']>;

interface Beat {
  readonly step?: StepProgress;
  readonly trouble?: Trouble;
}

/** What the run says of itself, with the newest heartbeats of its steps: those are seconds old, its own word may be a minute old. */
export async function runProgress(
  client: Client,
  cluster: string,
  runId: string,
  withinMs = answerWithinMs.usually,
): Promise<LiveProgress> {
  return await client.withDeadline(Date.now() + withinMs, async () => {
    const run = client.workflow.getHandle(workflowIds.run(cluster), runId);
    const [progress, about] = await Promise.all([query<RunProgress>(run, messages.runProgress), run.describe()]);
    const children = (about.raw.pendingChildren ?? []).map(({ workflowId }) => workflowId!);
    const beats = await Promise.all(children.map((child) => beatsOf(client, child)));
    return withBeats(progress, beats.flat(), Date.now());
  });
}

async function beatsOf(client: Client, workflowId: string): Promise<Beat[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return await Promise.all(
    (raw.pendingActivities ?? []).map(async ({ heartbeatDetails, attempt, lastFailure }): Promise<Beat> => {
      const [step] = (await decodePayloads(client, heartbeatDetails?.payloads)) as [StepProgress?];
      const trouble = lastFailure?.message ? { attempt: attempt ?? 1, why: lastFailure.message } : undefined;
      return { ...(step?.source === undefined ? {} : { step }), ...(trouble === undefined ? {} : { trouble }) };
    }),
  );
}

/** Pure: a heartbeat overrides what the run knows of the same set, unless that set is done. */
export function withBeats(progress: RunProgress, beats: readonly Beat[], now: number): LiveProgress {
  const live = beats.reduce<RunProgress>(
    (before, { step }) => (step === undefined ? before : withStep(before, step, now)),
    progress,
  );
  const trouble = beats.find((beat) => beat.trouble !== undefined)?.trouble;
  return { ...live, ...(trouble === undefined ? {} : { trouble }) };
}

function withStep(progress: RunProgress, { source, part, phase, ...told }: StepProgress, now: number): RunProgress {
  const isSame = (one: StepProgress) => one.source === source && one.part === part;
  const before = progress.parts.find(isSame);
  if (before?.outcome !== undefined) return progress;
  const { bytes, totalBytes, files, totalFiles } = told;
  const counts = Object.fromEntries(
    Object.entries({ bytes, totalBytes, files, totalFiles }).filter(([, value]) => value !== undefined),
  );
  const since = before?.phase === phase ? before.since : now;
  return {
    ...progress,
    phase,
    parts: [...progress.parts.filter((one) => !isSame(one)), { source, part, phase, since, ...counts }],
  };
}

/** What is done of the phase that goes on, and of how much; totals are absent where they are not known of all sets in work. */
export interface Amounts {
  readonly bytes: number;
  readonly totalBytes?: number;
  readonly files: number;
  readonly totalFiles?: number;
}

/** Only of the sets that are in work: what is done would make the rest look small. */
export function amountsOf({ parts }: RunProgress): Amounts {
  const going = parts.filter((part) => part.outcome === undefined);
  const sum = (counts: readonly (number | undefined)[]) =>
    counts.reduce<number>((total, count) => total + (count ?? 0), 0);
  const total = (counts: readonly (number | undefined)[]) =>
    counts.length > 0 && !counts.includes(undefined) ? sum(counts) : undefined;
  const totalBytes = total(going.map((part) => part.totalBytes));
  const totalFiles = total(going.map((part) => part.totalFiles));
  return {
    bytes: sum(going.map((part) => part.bytes)),
    files: sum(going.map((part) => part.files)),
    ...(totalBytes === undefined ? {} : { totalBytes }),
    ...(totalFiles === undefined ? {} : { totalFiles }),
  };
}

/** How far a run is, in short. */
export interface ShortProgress {
  readonly phase: Phase;
  /** Of the bytes of this phase, 0 to 100; absent where it is not known how many there are. */
  readonly percent?: number;
}

export function shortProgress(progress: RunProgress): ShortProgress {
  const { bytes, totalBytes = 0 } = amountsOf(progress);
  const percent = totalBytes === 0 ? {} : { percent: Math.min(100, Math.floor((bytes / totalBytes) * 100)) };
  return { phase: progress.phase, ...percent };
}

/** Of the run that goes on in a cluster. Undefined when none does, and where it does not answer at once: its worker may be away. */
export async function progressOfRunning(
  client: Client,
  { cluster, running }: ClusterState,
): Promise<{ task: string; progress: ShortProgress } | undefined> {
  if (running?.runId === undefined || running.found === true || running.kind === 'cleanUp') return undefined;
  const { task, runId } = running;
  const progress = await runProgress(client, cluster.id, runId, answerWithinMs.inAList).catch(() => undefined);
  return progress && { task, progress: shortProgress(progress) };
}
