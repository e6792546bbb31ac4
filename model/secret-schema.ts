import { z } from 'zod';
import { serverPattern } from './names';
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

/** A secret that tasks may name. A task must not be able to send it to a server that its owner did not mean. */
export const namedSecretSchema = secretSchema.safeExtend({
  servers: z
    .array(z.string().regex(serverPattern, 'a host name or an IP address'))
    .min(1)
    .max(20)
    .describe('the only servers that it is shown to, as targets write them'),
});
export type NamedSecret = z.infer<typeof namedSecretSchema>;
