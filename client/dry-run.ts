import { type ClusterState, taskOf } from '../model/cluster-state';
import type { Order } from '../model/command';
import { decide, type Decision } from '../model/decide';
import { workflowIds } from '../model/names';
import type { BackupTask } from '../model/task';
import { type Answerer, keyOf, refused } from './ask';
import { lastKnownState, type Site } from './cluster-state';
import { type FieldChange, fieldChanges } from './field-changes';
import { asWritten } from './written-task';

/** What a cluster would do. */
export interface Foretold {
  readonly did: string;
  /** Of a changed backup task. */
  readonly changes?: readonly FieldChange[];
  /** The workflow that would give up what a task keeps frozen in the cluster. */
  readonly releasedBy?: string;
}

/**
 * Answers as these clusters would, by their own rules and what is known of them, and asks nothing of them. Each order
 * finds what those before it would have left, so that limits count.
 */
export async function openDryRun(site: Site, clusters: readonly string[]): Promise<Answerer<Foretold>> {
  const states = new Map<string, ClusterState>();
  for (const cluster of clusters) states.set(cluster, await lastKnownState(site, cluster));
  return {
    stateOf: async (cluster) => states.get(cluster)!,
    ask: async (cluster, order) => {
      const before = states.get(cluster)!;
      const { state, answer, releases } = decideNow(before, order);
      if (!answer.accepted) throw refused(answer.refusal, answer.message);
      states.set(cluster, state);
      const changes = answer.did === 'changed' ? changesIn(before, state, order) : undefined;
      const [given] = releases ?? [];
      const releasedBy = given && workflowIds.releaseTask(cluster, given.spec.name, given.creation);
      return { did: answer.did, ...(changes && { changes }), ...(releasedBy && { releasedBy }) };
    },
  };
}

function decideNow(state: ClusterState, order: Order): Decision {
  const now = Date.now();
  return decide(state, { key: keyOf(undefined, order), at: now, replyTo: 'nobody', order }, now);
}

function changesIn(before: ClusterState, after: ClusterState, order: Order): FieldChange[] | undefined {
  if (order.do !== 'putTask') return undefined;
  const [old, changed] = [before, after].map((state) => taskOf(state, order.task.name)!.spec);
  return fieldChanges(asWritten(old as BackupTask), asWritten(changed as BackupTask));
}
