import type { Client } from '@temporalio/client';
import { messages } from '../model/messages';
import { workflowIds } from '../model/names';
import type { RunProgress, StepProgress } from '../model/run';
import { decodePayloads } from './payloads';

const answerWithinMs = 3000;

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
export async function runProgress(client: Client, cluster: string, runId: string): Promise<LiveProgress> {
  return await client.withDeadline(Date.now() + answerWithinMs, async () => {
    const run = client.workflow.getHandle(workflowIds.run(cluster), runId);
    const [progress, about] = await Promise.all([run.query<RunProgress>(messages.runProgress), run.describe()]);
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
