import { type ClusterState, parseShortRun, type TaskState } from './cluster-state';

/** How long a task's next runs will take and how many bytes each will leave, by its runs so far. */
export interface RunEstimate {
  /** `median` of its latest successful runs; `none`: there is none, so 0 is assumed. */
  readonly estimated: 'median' | 'none';
  readonly seconds: number;
  readonly bytes: number;
}

export type RunEstimates = ReadonlyMap<string, RunEstimate>;

/** Of all tasks, by name. */
export function estimatesOf({ tasks }: ClusterState): RunEstimates {
  return new Map(Object.entries(tasks).map(([name, task]) => [name, estimateOf(task)]));
}

/**
 * The product multiplies volume ÷ bandwidth by 1.5 (product facts §2). Neither is known here before a run has told it, so
 * nothing is assumed of a task that has not succeeded lately.
 */
function estimateOf({ runs }: TaskState): RunEstimate {
  const successful = runs.map(parseShortRun).filter(({ outcome }) => outcome === 'Successful');
  if (successful.length === 0) return { estimated: 'none', seconds: 0, bytes: 0 };
  return {
    estimated: 'median',
    seconds: median(successful.map(({ seconds }) => seconds)),
    bytes: median(successful.map(({ bytes }) => bytes)),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return Math.round((sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2);
}
