import { CancellationScope } from '@temporalio/workflow';
import { type BuiltSource, isDataKind } from '../model/kinds';
import { workflowTypes } from '../model/messages';
import type { BackUpInput, BackUpPartInput, PartResult, RunResult } from '../model/run';
import { endAs, resultOf } from './outcome';
import { runPart } from './run-part';
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
    const input: BackUpPartInput = { ...common, source };
    const summary = `back up ${source.source} to ${source.target.kind}`;
    const ended = await runPart(partType(source.source), input, source.source, summary);
    page.ended(ended);
    parts.push(...ended);
  }
  const result = resultOf(run, begin, parts, isStopped());
  page.done(result);
  return endAs(result);
}

function partType(source: BuiltSource): string {
  return isDataKind(source) ? workflowTypes.backUpDataPart : workflowTypes.backUpPart;
}

function isStopped(): boolean {
  return CancellationScope.current().consideredCancelled;
}
