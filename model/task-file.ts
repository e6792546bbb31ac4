import { z } from 'zod';
import type { BuiltSource, BuiltTarget } from './kinds';
import { clusterIdPattern, taskNamePattern } from './names';
import { hdfsEntrySchema, localHdfsSchema, remoteHdfsSchema } from './hdfs-schema';
import { nameNodeEntrySchema } from './name-node';
import { omsEntrySchema } from './oms';
import { cifsSchema, nfsSchema } from './nas-schema';
import { obsSchema } from './obs-schema';
import type { Period } from './period';
import { sftpSchema } from './sftp-schema';
import type { BackupTask, TaskSource } from './task';

/** How each target is written in a task. Holds names of secrets, never secrets. */
const targetSchemas = {
  localDir: z.strictObject({
    kind: z.literal('localDir').describe('the LocalBackup folder of the management host that the workers name'),
  }),
  localHdfs: localHdfsSchema,
  remoteHdfs: remoteHdfsSchema,
  nfs: nfsSchema,
  cifs: cifsSchema,
  sftp: sftpSchema,
  obs: obsSchema,
} as const satisfies { readonly [kind in BuiltTarget]: z.ZodType };

export const targetSchema = z.discriminatedUnion('kind', [
  targetSchemas.localDir,
  targetSchemas.localHdfs,
  targetSchemas.remoteHdfs,
  targetSchemas.nfs,
  targetSchemas.cifs,
  targetSchemas.sftp,
  targetSchemas.obs,
]);

/** How each source is written in a task. */
export const entrySchemas = {
  oms: omsEntrySchema,
  nameNode: nameNodeEntrySchema,
  hdfs: hdfsEntrySchema,
} as const satisfies { readonly [source in BuiltSource]: z.ZodType };

const entryFields = {
  target: z
    .union([z.string().regex(taskNamePattern, 'the name of a target'), targetSchema])
    .describe('a name from `targets`, or a target written here'),
  copies: z.int().min(1).max(10_000).default(24).describe('sets kept of this source; the oldest go first'),
};

const entrySchema = z.discriminatedUnion('source', [
  entrySchemas.oms.extend(entryFields),
  entrySchemas.nameNode.extend(entryFields),
  entrySchemas.hdfs.safeExtend(entryFields),
]);

/** How often a periodic task runs; longer than the 120 s that must be between its runs (product facts §2, §3). */
const periodSchema = z.union([
  z.strictObject({ hours: z.int().min(1).max(8760).describe('every so many hours') }),
  z.strictObject({ days: z.int().min(1).max(365).describe('every so many days, of 24 hours each') }),
]);

const plainTaskSchema = z.strictObject({
  name: z
    .string()
    .regex(taskNamePattern, 'letters, digits, "_" and "-", beginning with a letter or digit, at most 64')
    .describe('unique in its cluster; part of the folder name on the target'),
  cluster: z.string().regex(clusterIdPattern, 'the id of a cluster').describe('the id of the cluster it backs up'),
  mode: z
    .enum(['manual', 'periodic'])
    .default('manual')
    .describe('manual: started by hand or by a pipeline; periodic: starts by itself, too'),
  started: z.iso
    .datetime({ offset: true, error: 'a time with its zone, such as 2026-12-01T22:00:00Z' })
    .optional()
    .describe('of a periodic task: its first planned time; the zone must be given'),
  period: periodSchema
    .optional()
    .describe('of a periodic task: the fixed time between its planned times; daylight saving does not move them'),
  sources: z.array(entrySchema).min(1).max(15).describe('what is backed up, each to its own target'),
});

const taskSchema = plainTaskSchema.superRefine(({ mode, ...fields }, context) => {
  for (const path of ['started', 'period'] as const) {
    const isThere = fields[path] !== undefined;
    if (isThere === (mode === 'periodic')) continue;
    const message = isThere ? 'this field only with mode: periodic' : 'this field, because the task is periodic';
    context.addIssue({ code: 'custom', path: [path], message });
  }
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
    const period = periodOf(task);
    return {
      kind: 'backup',
      name: task.name,
      cluster: task.cluster,
      mode: task.mode,
      ...(period && { period }),
      sources,
    };
  });
  return { tasks, problems };
}

function periodOf({ started, period }: TaskFile['tasks'][number]): Period | undefined {
  if (started === undefined || period === undefined) return undefined;
  const hours = 'hours' in period ? period.hours : period.days * 24;
  // Whole seconds: planned times stand in names and labels.
  return { started: Math.floor(Date.parse(started) / 1000) * 1000, seconds: hours * 3600 };
}

function named<T>(all: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}
