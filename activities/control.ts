import { Context } from '@temporalio/activity';
import { type Control, handedOver, type Progress } from '../model/control';
import { messages } from '../model/messages';
import type { StepProgress } from '../model/run';

/** The run that a step belongs to. */
export interface RunRef {
  readonly workflowId: string;
  readonly runId: string;
}

type Told = Pick<StepProgress, 'source' | 'part' | 'phase'> & {
  /** How many such steps share what their run is told: each tells the less. */
  readonly among?: number;
};

/**
 * A running step is told of so often at the most: each costs its run four events of a history that is kept small.
 * One that is over at once is not told of at all.
 */
const tellings = { most: 12, firstAfterMs: 400, nextAfterMs: 4000, growth: 1.7 };

/**
 * Does a long step under a `Control` made from Temporal's context: heartbeats carry its progress (at a third of the
 * heartbeat time-out), and its run hears of it at growing intervals.
 */
export async function underControl<T>(
  told: Told | undefined,
  run: RunRef | undefined,
  work: (control: Control) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const before = context.info.heartbeatDetails as Progress | undefined;
  let latest: Progress = before?.resume === undefined ? {} : { resume: before.resume };
  const beat = setInterval(
    () => context.heartbeat({ ...told, ...latest }),
    (context.info.heartbeatTimeoutMs ?? 15_000) / 3,
  );
  const teller =
    told && run ? startTelling(run, tellings.most / (told.among ?? 1), () => stepProgress(told, latest)) : undefined;
  try {
    context.heartbeat({ ...told, ...latest });
    return await work({
      signal: signalOf(context),
      resume: before?.resume,
      report: (progress) => {
        latest = { ...latest, ...progress };
      },
    });
  } finally {
    clearInterval(beat);
    teller?.stop();
  }
}

/** Aborted as the context's own, and says whether a person stopped the step. */
function signalOf(context: Context): AbortSignal {
  const controller = new AbortController();
  const { cancellationSignal } = context;
  const abort = () => controller.abort(context.cancellationDetails?.cancelRequested ? undefined : handedOver);
  if (cancellationSignal.aborted) abort();
  else cancellationSignal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}

function stepProgress(told: Told, { bytes, totalBytes, files, totalFiles }: Progress): StepProgress {
  const { source, part, phase } = told;
  return {
    source,
    part,
    phase,
    ...(bytes !== undefined && { bytes }),
    ...(totalBytes !== undefined && { totalBytes }),
    ...(files !== undefined && { files }),
    ...(totalFiles !== undefined && { totalFiles }),
  };
}

/** Tells nearly at once (the phase), then after 4 s, 7 s, 12 s … A run that has ended is no error. */
function startTelling(run: RunRef, most: number, progress: () => StepProgress): { stop(): void } {
  const handle = Context.current().client.workflow.getHandle(run.workflowId, run.runId);
  let timer: NodeJS.Timeout | undefined;
  const tell = (time: number, afterMs: number) => {
    handle.signal(messages.progress, progress()).catch(() => undefined);
    if (time < most) timer = setTimeout(() => tell(time + 1, afterMs * tellings.growth), afterMs);
  };
  timer = setTimeout(() => tell(1, tellings.nextAfterMs), tellings.firstAfterMs);
  return { stop: () => clearTimeout(timer) };
}
