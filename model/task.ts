import { z } from 'zod';
import { type BuiltSource, type BuiltTarget, sourceKinds, type SourceKind } from './kinds';
import type { Label } from './label';
import { clusterIdPattern, taskNamePattern } from './names';
import { nameNodeEntrySchema } from './name-node';

/** How each target is written in a task. Holds names of secrets, never secrets. */
const targetSchemas = {
  localDir: z.strictObject({
    kind: z.literal('localDir').describe('the LocalBackup folder of the management host that the workers name'),
  }),
} as const satisfies { readonly [kind in BuiltTarget]: z.ZodType };

export const targetSchema = z.discriminatedUnion('kind', [targetSchemas.localDir]);
export type TargetSpec = z.infer<typeof targetSchema>;

/** How each source is written in a task. */
export const entrySchemas = {
  nameNode: nameNodeEntrySchema,
} as const satisfies { readonly [source in BuiltSource]: z.ZodType };

const entryFields = {
  target: z
    .union([z.string().regex(taskNamePattern, 'the name of a target'), targetSchema])
    .describe('a name from `targets`, or a target written here'),
  copies: z.int().min(1).max(10_000).default(24).describe('sets kept of this source; the oldest go first'),
};

const entrySchema = z.discriminatedUnion('source', [entrySchemas.nameNode.extend(entryFields)]);

const taskSchema = z.strictObject({
  name: z
    .string()
    .regex(taskNamePattern, 'letters, digits, "_" and "-", beginning with a letter or digit, at most 64')
    .describe('unique in its cluster; part of the folder name on the target'),
  cluster: z.string().regex(clusterIdPattern, 'the id of a cluster').describe('the id of the cluster it backs up'),
  mode: z.literal('manual').default('manual').describe('started by hand or by a pipeline'),
  sources: z.array(entrySchema).min(1).max(15).describe('what is backed up, each to its own target'),
});

/** The file that people apply. */
export const taskFileSchema = z.strictObject({
  targets: z
    .record(z.string().regex(taskNamePattern), targetSchema)
    .default({})
    .describe('targets that several tasks share, by name'),
  tasks: z.array(taskSchema).min(1).max(200).describe('the backup tasks'),
});
export type TaskFile = z.infer<typeof taskFileSchema>;

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
  readonly mode: 'manual';
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
}

export interface RestorationTask {
  readonly kind: 'restoration';
  readonly name: string;
  readonly cluster: string;
  readonly sets: readonly ChosenSet[];
  /** Restores a set of another product version all the same; stays in the record. */
  readonly anyVersion?: boolean;
}

export type Task = BackupTask | RestorationTask;

export const taskStatuses = ['Ready', 'Waiting', 'Running', 'Successful', 'Failed', 'Stopped'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** The sources a task touches, for lists and search attributes. */
export function sourcesOf(task: Task): BuiltSource[] {
  return [...new Set(task.kind === 'backup' ? task.sources.map((s) => s.source) : task.sets.map((s) => s.source))];
}

/** The tasks of a parsed file, with shared targets put in; `undefined` target names come back as problems. */
export function resolveTasks(file: TaskFile): { tasks: BackupTask[]; problems: { path: string; name: string }[] } {
  const problems: { path: string; name: string }[] = [];
  const tasks = file.tasks.map((task, index): BackupTask => {
    const sources = task.sources.map(({ target, copies, ...entry }, place): TaskSource => {
      const found = typeof target === 'string' ? named(file.targets, target) : target;
      if (found === undefined)
        problems.push({ path: `tasks[${index}].sources[${place}].target`, name: String(target) });
      return { source: entry.source, entry, copies, target: found ?? { kind: 'localDir' } };
    });
    return { kind: 'backup', name: task.name, cluster: task.cluster, mode: task.mode, sources };
  });
  return { tasks, problems };
}

function named<T>(all: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

/** The words a person reads for a source. */
export function sourceLabel(source: SourceKind): string {
  return sourceKinds[source].label;
}
