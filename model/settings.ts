import { z } from 'zod';

const GiB = 1024 ** 3;

/**
 * The product's numbers, as settings of a cluster (product facts §1 Table 5, §2; design §6).
 * The defaults are the product's; tests and the quick start lower them visibly.
 */
export const settingsSchema = z.strictObject({
  waitingTasks: z.int().min(0).max(199).default(199).describe('tasks that may wait while one runs'),
  tasksOfAKind: z.int().min(1).max(100).default(100).describe('backup tasks, and restoration tasks, of a cluster'),
  freeLocalBytes: z
    .int()
    .nonnegative()
    .default(20 * GiB)
    .describe('free bytes that the LocalBackup partition must have before NameNode metadata and the like is backed up'),
  maxLocalBytes: z
    .int()
    .nonnegative()
    .default(600 * GiB)
    .describe('bytes that sets on a local disk may take in all'),
  requestSeconds: z.int().min(1).max(3600).default(120).describe('a request older than this is not carried out'),
  heartbeatSeconds: z
    .int()
    .min(2)
    .max(600)
    .default(15)
    .describe('a step that says nothing for so long is taken for dead and tried again'),
  attempts: z.int().min(1).max(100).default(20).describe('how often a step that may pass by itself is tried'),
});
export type Settings = z.infer<typeof settingsSchema>;

export const productSettings: Settings = settingsSchema.parse({});

/** Largest task that the `cluster` workflow carries, in bytes of JSON; 200 of them must fit (design §6). */
export const maxTaskBytes = 1400;
/** Largest state that the `cluster` workflow carries, in bytes of JSON. Continue-as-new fails above 2 MiB. */
export const maxStateBytes = 512 * 1024;
