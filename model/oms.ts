import { z } from 'zod';
import { hostPattern } from './names';
import { type PostgresConfig, postgresSchema } from './postgres';

/** What a worker's configuration says about the manager itself (product facts §1: its database without alarms, and its configuration). */
export const omsServiceSchema = z.strictObject({
  hosts: z
    .array(z.string().regex(hostPattern, 'a host name'))
    .min(1)
    .max(5)
    .describe(
      'the management hosts in order, by the names of the workers there; the first live one is read and restored',
    ),
  database: postgresSchema.describe("the manager's database; name the tables of its alarms under `withoutRows`"),
  configuration: z
    .array(z.string().regex(/^\/[^\0]*[^/\0]$/, 'an absolute path without a slash at its end'))
    .min(1)
    .max(20)
    .refine(
      (paths) => paths.every((path) => !paths.some((other) => path.startsWith(`${other}/`))),
      'no folder inside another',
    )
    .refine((paths) => new Set(paths).size === paths.length, 'each folder once')
    .describe("folders with the manager's configuration, on each of `hosts`"),
});
export type OmsConfig = z.infer<typeof omsServiceSchema>;

/** What a person's task says about this source. */
export const omsEntrySchema = z.strictObject({
  source: z.literal('oms').describe("the manager's database, without its alarms, and its configuration"),
});
export type OmsEntry = z.infer<typeof omsEntrySchema>;

/** What the source is given. Holds no secret. */
export interface OmsSpec {
  readonly hosts: readonly string[];
  readonly database: PostgresConfig;
  readonly configuration: readonly string[];
  /** What the manager looks after, in words that can be compared; a set can be restored only where it is the same. */
  readonly topology: readonly string[];
}
