import { CancellationScope, executeChild } from '@temporalio/workflow';
import { queues, workflowIds } from '../model/names';
import { workflowTypes } from '../model/messages';
import type { BackUpInput, BackUpPartInput, PartResult, RunResult } from '../model/run';
import { endAs, reasonOf, resultOf } from './outcome';
import { openRunPage } from './run-page';

/**
 * One backup run: each source of the task in turn, by a child of its own. A source that fails fails the run at its
 * end; the sets of the others stand. Cancel stops it: what goes on is undone, what is committed stands.
 */
export async function backUp(run: BackUpInput): Promise<RunResult> {
  const begin = Date.now();
  const page = openRunPage(run);
  const parts: PartResult[] = [];
  for (const source of run.spec.sources) {
    if (isStopped()) break;
    const { spec: _task, ...common } = run;
    parts.push(...(await backUpSource({ ...common, source })));
  }
  page.done(parts);
  return endAs(resultOf(run, begin, parts, isStopped()));
}

async function backUpSource(input: BackUpPartInput): Promise<PartResult[]> {
  const { source } = input.source;
  try {
    return await executeChild<(input: BackUpPartInput) => Promise<PartResult[]>>(workflowTypes.backUpPart, {
      workflowId: workflowIds.part(input.cluster.id, source),
      taskQueue: queues.control,
      args: [input],
      staticSummary: `back up ${source} to ${input.source.target.kind}`,
    });
  } catch (error) {
    return [failed(source, reasonOf(error))];
  }
}

function failed(source: PartResult['source'], why: { reason: string; errorKind: string }): PartResult {
  return {
    source,
    part: '',
    outcome: why.errorKind === 'cancelled' ? 'Stopped' : 'Failed',
    bytes: 0,
    files: 0,
    ...why,
  };
}

function isStopped(): boolean {
  return CancellationScope.current().consideredCancelled;
}
