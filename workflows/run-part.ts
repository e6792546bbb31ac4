import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, sleep } from '@temporalio/workflow';
import type { BuiltSource } from '../model/kinds';
import { queues, workflowIds } from '../model/names';
import type { PartResult, RunInput } from '../model/run';
import { partAttributes } from './labels';
import { summary } from './markdown';
import { failedResult } from './outcome';

/** How long a part of the same source that goes on is waited for before it is tried again, growing up to a minute. */
const firstWaitMs = 1000;

/**
 * Does a source's part of a run in a child workflow of its own; what it throws becomes its result. After a *Reset*
 * of the run the part that it had started may still go on under the same id: it is waited for, never doubled.
 */
export async function runPart(
  workflowType: string,
  input: Pick<RunInput, 'cluster' | 'task' | 'label'>,
  source: BuiltSource,
  staticSummary: string,
): Promise<PartResult[]> {
  for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, 60_000)) {
    try {
      return await executeChild<(input: unknown) => Promise<PartResult[]>>(workflowType, {
        workflowId: workflowIds.part(input.cluster.id, source),
        taskQueue: queues.control,
        args: [input],
        staticSummary: summary(staticSummary),
        typedSearchAttributes: partAttributes(input, [source]),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) return [failedResult(source, error)];
    }
    await sleep(wait, { summary: `until the part of ${source} that goes on has ended` });
  }
}
