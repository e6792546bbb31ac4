import { z } from 'zod';
import { productSettings } from './settings';

/**
 * The product's numbers, as settings of a cluster (product facts §1 Table 5, §2; design §6).
 * The defaults stand in `settings.ts`; tests and the quick start lower them visibly.
 */
export const settingsSchema = z.strictObject({
  waitingTasks: z
    .int()
    .min(0)
    .max(199)
    .default(productSettings.waitingTasks)
    .describe('tasks that may wait while one runs'),
  tasksOfAKind: z
    .int()
    .min(1)
    .max(100)
    .default(productSettings.tasksOfAKind)
    .describe('backup tasks, and restoration tasks, of a cluster'),
  freeLocalBytes: z
    .int()
    .nonnegative()
    .default(productSettings.freeLocalBytes)
    .describe('free bytes that the LocalBackup partition must have before NameNode metadata and the like is backed up'),
  maxLocalBytes: z
    .int()
    .nonnegative()
    .default(productSettings.maxLocalBytes)
    .describe('bytes that sets on a local disk may take in all'),
  latenessSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(productSettings.latenessSeconds)
    .describe('a periodic run that comes later than so many seconds after its planned time is postponed'),
  intervalSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(productSettings.intervalSeconds)
    .describe("seconds that must be between the start of a task's latest run and its next periodic one"),
  checkSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(productSettings.checkSeconds)
    .describe(
      "how often schedules are compared with the tasks, planned times with what took place, and standby hosts' LocalBackup with the active one's",
    ),
  standbySeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(productSettings.standbySeconds)
    .describe('a standby host whose worker does nothing for so long counts as not kept equal (ALM-12011)'),
  requestSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(productSettings.requestSeconds)
    .describe('a request older than this is not carried out'),
  heartbeatSeconds: z
    .int()
    .min(2)
    .max(600)
    .default(productSettings.heartbeatSeconds)
    .describe('a step that says nothing for so long is taken for dead and tried again'),
  attempts: z
    .int()
    .min(1)
    .max(100)
    .default(productSettings.attempts)
    .describe('how often a step that may pass by itself is tried'),
});
