import type { z } from 'zod';
import type { BuiltSource } from './kinds';
import type { CopyLimits } from './copier';
import type { Label } from './label';
import type { Period } from './period';
import type { entrySchemas, targetSchema } from './task-file';

/** Where sets go. Holds names of secrets, never secrets. */
export type TargetSpec = z.infer<typeof targetSchema>;

/** A source of a task with its target resolved. `entry` is the source's own part. */
export interface TaskSource {
  readonly source: BuiltSource;
  readonly entry: z.infer<(typeof entrySchemas)[BuiltSource]>;
  readonly target: TargetSpec;
  readonly copies: number;
}

export interface BackupTask {
  readonly kind: 'backup';
  readonly name: string;
  readonly cluster: string;
  readonly mode: 'manual' | 'periodic';
  /** Of a periodic task. */
  readonly period?: Period;
  readonly sources: readonly TaskSource[];
}

/** A set that a restoration takes. What stands here beside the name was read from its manifest when the task was made. */
export interface ChosenSet {
  readonly target: TargetSpec;
  readonly name: string;
  readonly source: BuiltSource;
  readonly part: string;
  readonly label: Label;
  readonly cluster: string;
  readonly productVersion: string;
  /** Service data: which of its trees, and where they go; all to their own places when absent. */
  readonly paths?: readonly { readonly path: string; readonly to: string }[];
}

export interface RestorationTask {
  readonly kind: 'restoration';
  readonly name: string;
  readonly cluster: string;
  readonly sets: readonly ChosenSet[];
  /** Restores a set of another product version all the same; stays in the record. */
  readonly anyVersion?: boolean;
  /** Limits for copying service data; the product's when absent. */
  readonly limits?: Partial<CopyLimits>;
}

export type Task = BackupTask | RestorationTask;

export const taskStatuses = ['Ready', 'Waiting', 'Running', 'Successful', 'Failed', 'Stopped'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** The sources a task touches, for lists and search attributes. */
export function sourcesOf(task: Task): BuiltSource[] {
  return [...new Set(task.kind === 'backup' ? task.sources.map((s) => s.source) : task.sets.map((s) => s.source))];
}
