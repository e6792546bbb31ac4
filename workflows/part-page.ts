import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { PartResult, RunIdentity } from '../model/run';
import { plain, workflowLink } from './markdown';
import { partsPage } from './run-markdown';

/** The page of a source's part of a run: where its progress stands, and what has become of its sets so far. */
export function openPartPage({ kind, task, label }: RunIdentity): (results: readonly PartResult[]) => void {
  const { parent, namespace } = workflowInfo();
  const run = parent && workflowLink(parent.workflowId, namespace, parent.workflowId, parent.runId);
  const title = `A part of the ${kind} **${plain(task)}** · label ${label}${run ? ` · its progress stands at ${run}` : ''}`;
  const show = (results: readonly PartResult[]) =>
    setCurrentDetails([title, '', ...(results.length === 0 ? ['No set yet.'] : partsPage(results))].join('\n'));
  show([]);
  return show;
}
