import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { workflowIds } from '../model/names';
import type { Approval, Outcome, RunIdentity } from '../model/run';

/** A run that has ended, as the server keeps it. */
export interface PastRun extends RunIdentity {
  readonly runId: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly approval?: Approval;
}

/** The ended runs of a task, newest first, as long as the server keeps closed workflows. The list is a moment late. */
export async function* pastRuns(client: Client, cluster: string, task: string): AsyncGenerator<PastRun> {
  const query = `WorkflowId = "${workflowIds.run(cluster)}" AND Task = "${task}"`;
  for await (const info of client.workflow.list({ query })) {
    const run = pastRun(info);
    if (run !== undefined) yield run;
  }
}

const outcomes: { readonly [status: string]: Outcome } = {
  COMPLETED: 'Successful',
  FAILED: 'Failed',
  CANCELLED: 'Stopped',
  TERMINATED: 'Failed',
  TIMED_OUT: 'Failed',
};

function pastRun({ memo, status, runId, startTime, closeTime }: WorkflowExecutionInfo): PastRun | undefined {
  const run = memo?.['run'] as (RunIdentity & Pick<PastRun, 'approval'>) | undefined;
  const outcome = outcomes[status.name];
  if (run === undefined || outcome === undefined || run.kind === 'cleanUp') return undefined;
  return {
    ...run,
    runId,
    outcome,
    seconds: Math.round(((closeTime ?? startTime).getTime() - startTime.getTime()) / 1000),
  };
}
