import { CancellationScope } from '@temporalio/workflow';
import { type BuiltSource, isDataKind } from '../model/kinds';
import { workflowTypes } from '../model/messages';
import type { PartResult, RestoreInput, RestorePartInput, RunResult } from '../model/run';
import { type RestorationTask, sourcesOf } from '../model/task';
import { endAs, resultOf } from './outcome';
import { runPart } from './run-part';
import { whilePaused } from './pause';
import { openRunPage, type RunPage } from './run-page';

/**
 * One restoration run: each source in turn, by a child of its own; the first that fails ends it. A source that
 * fails or is stopped has been brought back to the state before.
 */
export async function restore(run: RestoreInput): Promise<RunResult> {
  const begin = Date.now();
  const page = openRunPage(run);
  const parts = await whilePaused(run, () => restoreSources(run, page));
  const result = resultOf(run, begin, parts, isStopped());
  page.done(result);
  return endAs(result);
}

async function restoreSources(run: RestoreInput, page: RunPage): Promise<PartResult[]> {
  const parts: PartResult[] = [];
  for (const source of sourcesOf(run.spec)) {
    const ended = await restoreSource(run, source);
    page.ended(ended);
    parts.push(...ended);
    if (isStopped() || parts.some((part) => part.outcome !== 'Successful')) break;
  }
  return parts;
}

async function restoreSource(run: RestoreInput, source: BuiltSource): Promise<PartResult[]> {
  const { spec, ...common } = run;
  const sets = spec.sets.filter((set) => set.source === source);
  const input: RestorePartInput = { ...common, source, sets, anyVersion: spec.anyVersion === true, ...limitsIn(spec) };
  return await runPart(
    isDataKind(source) ? workflowTypes.restoreDataPart : workflowTypes.restorePart,
    input,
    source,
    `restore ${source} from ${sets.map((set) => set.name).join(', ')}`,
  );
}

function limitsIn({ limits }: RestorationTask): Pick<RestorePartInput, 'limits'> {
  return limits === undefined ? {} : { limits };
}

function isStopped(): boolean {
  return CancellationScope.current().consideredCancelled;
}
