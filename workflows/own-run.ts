import { workflowInfo } from '@temporalio/workflow';
import type { RunRef } from '../activities/control';

/** The run that this workflow is a part of, for its steps to tell it how far they are. */
export function ownRun(): RunRef {
  const { workflowId, runId } = workflowInfo().parent ?? workflowInfo();
  return { workflowId, runId };
}
