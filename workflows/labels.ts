import { defineSearchAttributeKey, type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import type { Phase, RunInput } from '../model/run';
import { sourcesOf } from '../model/task';

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');
const keywords = (name: string) => defineSearchAttributeKey(name, 'KEYWORD_LIST');

/** By these a run is found in the Temporal UI. */
export function runAttributes(run: RunInput): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: keyword('Cluster'), value: run.cluster.id },
    { key: keyword('Task'), value: run.task },
    { key: keyword('Trigger'), value: run.trigger },
    { key: keyword('Phase'), value: 'checking' },
    { key: keywords('Source'), value: sourcesOf(run.spec) },
    { key: keywords('SetLabel'), value: [run.label] },
  ]);
}

export function phaseAttribute(phase: Phase): SearchAttributePair[] {
  return [{ key: keyword('Phase'), value: phase }];
}

/** One line for the Temporal UI's list. */
export function runSummary(run: RunInput): string {
  const verb = run.kind === 'backup' ? 'back up' : 'restore';
  return `${verb} ${sourcesOf(run.spec).join(', ')} of cluster ${run.cluster.id} (task ${run.task}, ${run.label}, ${run.trigger})`;
}
