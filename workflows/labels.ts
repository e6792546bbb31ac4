import { defineSearchAttributeKey, type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import type { Answer, Order } from '../model/command';
import { labelAt } from '../model/label';
import type { Notification } from '../model/notification';
import type { Approval, CleanUpInput, Phase, RunIdentity, RunInput } from '../model/run';
import { sourcesOf, type Task } from '../model/task';
import { labelText } from '../model/text';
import { code, cut, plain, summary, table } from './markdown';

const keyword = (name: 'Cluster' | 'Task' | 'Trigger' | 'Phase') => defineSearchAttributeKey(name, 'KEYWORD');
const keywords = (name: 'Source' | 'SetLabel') => defineSearchAttributeKey(name, 'KEYWORD_LIST');

/** Servers on SQL take 255 characters; what a request names has not been checked yet. */
const longestKeyword = 250;

/** By these a run is found in the Temporal UI; a restoration also by the labels of the sets that it restores from. */
export function runAttributes(run: RunInput): TypedSearchAttributes {
  const restored = run.spec.kind === 'restoration' ? run.spec.sets.map((set) => set.label) : [];
  return new TypedSearchAttributes([
    ...common(run),
    { key: keyword('Trigger'), value: run.trigger },
    ...phaseAttribute('checking'),
    { key: keywords('Source'), value: sourcesOf(run.spec) },
    { key: keywords('SetLabel'), value: [...new Set([run.label, ...restored])] },
  ]);
}

/** A source's part of a run: not by `Phase` and `Trigger`, which count runs. */
export function partAttributes(run: Labelled, sources: readonly string[]): TypedSearchAttributes {
  return new TypedSearchAttributes([
    ...common(run),
    { key: keywords('Source'), value: [...sources] },
    { key: keywords('SetLabel'), value: [run.label] },
  ]);
}

export function cleanUpAttributes({ cluster, of, spec }: CleanUpInput): TypedSearchAttributes {
  return partAttributes({ ...of, cluster }, sourcesOf(spec));
}

export function phaseAttribute(phase: Phase): SearchAttributePair[] {
  return [{ key: keyword('Phase'), value: phase }];
}

export function clusterAttribute(cluster: string): SearchAttributePair[] {
  return [{ key: keyword('Cluster'), value: cut(cluster, longestKeyword) }];
}

/** A notification: by its cluster, and its task. */
export function notificationAttributes({ cluster, task }: Notification): SearchAttributePair[] {
  return clusterAndTask(cluster, task);
}

/** A request: by its cluster and its task, and once it is answered by how. */
export function requestAttributes(cluster: string, order: Order): SearchAttributePair[] {
  return clusterAndTask(cluster, taskIn(order));
}

function clusterAndTask(cluster: string, task: string | undefined): SearchAttributePair[] {
  return [
    ...clusterAttribute(cluster),
    ...(task === undefined ? [] : [{ key: keyword('Task'), value: cut(task, longestKeyword) }]),
  ];
}

export function answerAttribute({ accepted }: Answer): SearchAttributePair[] {
  return [{ key: keyword('Phase'), value: accepted ? 'accepted' : 'refused' }];
}

/** One line that says what a run is. */
export function runSummary(run: RunInput): string {
  const verb = run.kind === 'backup' ? 'back up' : 'restore';
  return summary(
    `${verb} ${sourcesOf(run.spec).join(', ')} of cluster ${run.cluster.id} (task ${run.task}, ${run.label}, ${run.trigger})`,
  );
}

/** What a run was given to do; stands in the Temporal UI also when no worker is there to tell how far it is. */
export function runDetails({ spec, approval }: RunInput): string {
  const how = 'Its progress stands under *Current Details*. *Request Cancellation* stops it';
  const rows = rowsOf(spec);
  return spec.kind === 'backup'
    ? [...table(['source', 'target', 'sets kept'], rows), '', `${how}: sets that are committed stand.`].join('\n')
    : [
        ...table(['replaced', 'by the set'], rows),
        '',
        ...(approval === undefined ? [] : [`${approvalText(approval)}.`, '']),
        `${how}, and brings back the state before.`,
      ].join('\n');
}

/** Who stands behind a restoration. */
export function approvalText({ askedBy, approvedBy, approved }: Approval): string {
  return `Asked for by **${plain(askedBy)}**, approved by **${plain(approvedBy)}** at ${labelText(labelAt(approved))}`;
}

function rowsOf(spec: Task): string[][] {
  if (spec.kind === 'backup') return spec.sources.map((one) => [one.source, one.target.kind, `${one.copies}`]);
  return spec.sets.map((set) => [`${set.source} ${plain(set.part)}`, code(set.name)]);
}

type Labelled = Pick<RunIdentity, 'task' | 'label'> & Pick<RunInput, 'cluster'>;

function common({ cluster, task }: Pick<Labelled, 'cluster' | 'task'>): SearchAttributePair[] {
  return [...clusterAttribute(cluster.id), { key: keyword('Task'), value: task }];
}

/** The name of the task that an order is about. */
export function taskIn(order: Order): string | undefined {
  if (order.do === 'putTask') return order.task.name;
  return 'task' in order ? order.task : undefined;
}
