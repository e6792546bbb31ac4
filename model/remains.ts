import { type ClusterState, taskOf } from './cluster-state';
import { type Label, timeOf } from './label';

/** What runs and checks left on a target that did not end as they should. */
export const remainKinds = {
  upload: 'unfinished upload',
  archive: 'archive without a manifest',
  snapshot: 'unfinished snapshot',
  folder: 'copied trees of no set',
  check: 'folder of a check',
} as const;

export type RemainKind = keyof typeof remainKinds;

export interface Remain {
  readonly kind: RemainKind;
  /** Where it lies on the target. */
  readonly name: string;
  /** Absent where they are not known. */
  readonly bytes?: number;
  /** Why it is left alone. */
  readonly kept?: string;
  /** Why it could not be removed. */
  readonly failed?: string;
}

/** What was found on one target, from one host; of very many only the first are named. */
export interface FoundRemains {
  readonly remains: readonly Remain[];
  /** How many more there are. */
  readonly more: number;
  /** All but those that are left alone. */
  readonly count: number;
  /** That they take, as far as it is known. */
  readonly bytes: number;
  readonly removed: number;
  /** The target cannot tell its unfinished uploads: there may be some. */
  readonly uploadsUntold?: true;
}

/** Something goes on that may be making what looks like remains. */
export interface Busy {
  readonly busy: string;
}

/** Why nothing may be removed now, with what to do; undefined: it may. */
export function whyBusy({ running, queue, cluster }: ClusterState): string | undefined {
  const hint = 'HINT: ask again when it has ended; "cairn task list" tells';
  if (running?.found === true)
    return `a run of cluster ${cluster.id} goes on: what it makes looks like remains ${hint}`;
  if (running !== undefined)
    return `the run ${running.label} of task "${running.task}" goes on: what it makes looks like remains ${hint}`;
  if (queue[0] !== undefined) return `a run of task "${queue[0].task}" is about to start ${hint}`;
  return undefined;
}

/** What a cluster knows of the task that made a folder. */
export interface KnownTask {
  /** Of its latest run. */
  readonly lastLabel?: Label;
}

/** The task of this name and creation; undefined: the cluster has none such (any more). */
export function knownTask(state: ClusterState, name: string, creation: Label): KnownTask | undefined {
  const task = taskOf(state, name);
  return task?.creation === creation ? task : undefined;
}

const dayMs = 24 * 3600 * 1000;

/**
 * True when nobody can be making what has this label, while no run of the cluster goes on: a newer set stands beside it, or the
 * run was the cluster's own. Where neither is known, another installation might be at it: for a day.
 */
export function isSettled(
  label: Label,
  newestSet: Label | undefined,
  task: KnownTask | undefined,
  now: number,
): boolean {
  if (newestSet !== undefined && label < newestSet) return true;
  if (task?.lastLabel !== undefined) return label <= task.lastLabel;
  return newestSet === undefined && timeOf(label) < now - dayMs;
}

/** A check's id begins with the label of its start. One that the server does not know any more is over after a day. */
export function isForgotten(check: string, now: number): boolean {
  return timeOf(check.slice(0, 14)) < now - dayMs;
}
