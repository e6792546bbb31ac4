import { checkInput } from '../model/input';
import type { Period } from '../model/period';
import type { BackupTask, TargetSpec, TaskSource } from '../model/task';
import { resolveTasks, taskFileSchema } from '../model/task-file';

/** A backup task as people write it in tasks.yaml, every field written out; so they find the fields there. */
export interface WrittenTask {
  readonly name: string;
  readonly cluster: string;
  readonly mode: BackupTask['mode'];
  readonly started?: string;
  readonly period?: WrittenPeriod;
  readonly sources: readonly WrittenSource[];
}

export type WrittenPeriod = { readonly hours: number } | { readonly days: number };
export type WrittenSource = TaskSource['entry'] & { readonly target: TargetSpec; readonly copies: number };

export function asWritten({ name, cluster, mode, period, sources }: BackupTask): WrittenTask {
  const when = period && { started: new Date(period.started).toISOString(), period: lengthOf(period) };
  return {
    name,
    cluster,
    mode,
    ...when,
    sources: sources.map(({ entry, target, copies }) => ({ ...entry, target, copies })),
  };
}

/** The task that a file with nothing but it says. `invalid` with the path of each wrong field, as for a file. */
export function fromWritten(task: { readonly name: string }, targets: object = {}): BackupTask {
  const file = checkInput(taskFileSchema, { targets, tasks: [task] }, `task ${JSON.stringify(task.name)}`);
  return resolveTasks(file).tasks[0]!;
}

function lengthOf({ seconds }: Period): WrittenPeriod {
  const hours = seconds / 3600;
  return hours % 24 === 0 ? { days: hours / 24 } : { hours };
}
