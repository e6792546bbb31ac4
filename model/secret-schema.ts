import { z } from 'zod';
import type { SecretRef } from './secret';

/** How `cairn.yaml` says where a secret comes from: never the secret itself. */
export const secretSchema = z
  .strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'the name of an environment variable')
      .optional()
      .describe("an environment variable of the worker's"),
    file: z
      .string()
      .regex(/^\/[^\0]*$/, 'an absolute path')
      .optional()
      .describe("a file of the worker's host; a line break at its end does not count"),
  })
  .refine(
    ({ env, file }) => (env === undefined) !== (file === undefined),
    'either `env` or `file`',
  ) satisfies z.ZodType<SecretRef>;
