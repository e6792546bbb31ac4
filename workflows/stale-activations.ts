import { type WorkflowInterceptorsFactory, workflowInfo } from '@temporalio/workflow';
import { queues } from '../model/names';
import { staleQuery } from '../model/messages';

/**
 * A query may reach a worker that does not have the workflow in memory, with a history to which something has been added since
 * the query was asked: an activity has ended, a signal has come. No workflow task has begun to handle that, so it has no time
 * yet; the SDK (1.24) hands it to the workflow all the same, with the time of the task before. What the workflow decides then
 * by its clock it would decide otherwise when its history is replayed: it would be stuck from then on.
 *
 * Such an activation is refused before the workflow sees it. The query fails, and is asked again; the workflow is loaded anew.
 * Histories that are replayed as they are end so as well, and nothing comes of what is decided then.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  const isStale = staleness();
  return {
    internals: [
      {
        activate(input, next) {
          const isOurs = workflowInfo().taskQueue === queues.control;
          if (isStale(input.activation) && isOurs) throw new Error(staleQuery);
          next(input);
        },
      },
    ],
  };
};

type Time = { readonly seconds?: unknown; readonly nanos?: unknown } | null | undefined;

/** What is looked at of an activation. */
export interface Activated {
  readonly timestamp?: Time;
  readonly historyLength?: number | null;
  readonly jobs?:
    | readonly {
        readonly initializeWorkflow?: { readonly startTime?: Time } | null;
        readonly queryWorkflow?: unknown;
      }[]
    | null;
}

/** Tells of each activation of a workflow, in order, whether it holds what no workflow task has begun to handle. */
export function staleness(): (activation: Activated) => boolean {
  let last: { readonly time: string; readonly length: number } | undefined;
  return ({ timestamp, historyLength, jobs }) => {
    const events = (jobs ?? []).filter(({ queryWorkflow }) => !queryWorkflow);
    if (events.length === 0) return false;
    const now = { time: textOf(timestamp), length: historyLength ?? 0 };
    const started = events.find(({ initializeWorkflow }) => initializeWorkflow)?.initializeWorkflow?.startTime;
    // Each task has a time of its own, to the nanosecond; the first one is later than the start of the workflow.
    const isOld = started ? textOf(started) === now.time : last?.time === now.time && now.length > last.length;
    last = now;
    return isOld;
  };
}

function textOf(time: Time): string {
  return `${String(time?.seconds ?? 0)}.${String(time?.nanos ?? 0)}`;
}
