import { z } from 'zod';
import { isSafeRelativeName, serverPattern, taskNamePattern } from './names';

const secretName = z.string().regex(taskNamePattern, 'letters, digits, "_" and "-", at most 64');

const endpoint = z
  .string()
  .max(300)
  .refine((address) => serverOfEndpoint(address) !== undefined, 'https://host or https://host:port, without a path')
  .describe("the store's address, such as https://obs.example.com; http:// only where nobody listens");

const objectLockSchema = z.strictObject({
  mode: z
    .enum(['governance', 'compliance'])
    .describe('governance: who has the right may remove it earlier; compliance: nobody may'),
  days: z.int().min(1).max(36_500).describe('for how long after it was made a set can be neither removed nor changed'),
});

/** How a bucket of a store that speaks S3 is written as a target. */
export const obsSchema = z.strictObject({
  kind: z.literal('obs').describe('a bucket of OBS, or of another store that speaks S3'),
  endpoint,
  region: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a region such as cn-north-4')
    .describe("the bucket's region; us-east-1 where a store has none"),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket: small letters, digits, "-" and ".", 3 to 63'),
  path: z
    .string()
    .max(200)
    .refine(isSafeRelativeName, "what the sets' keys begin with, such as backup/cairn, without a slash at either end")
    .describe("what the keys begin with; for cairn's sets alone"),
  addressing: z
    .enum(['virtualHost', 'path'])
    .default('virtualHost')
    .describe("where the bucket is named: in front of the host's name, as OBS wants it, or in the URL's path"),
  accessKeyId: z
    .string()
    .regex(/^[A-Za-z0-9._+=/@-]{1,128}$/, 'the id of an access key')
    .describe('the id of the key; no secret'),
  secretKeySecret: secretName.describe("the name of the secret that holds the key's secret part"),
  authority: z
    .string()
    .regex(taskNamePattern, 'letters, digits, "_" and "-", at most 64')
    .optional()
    .describe("the name under authorities in the workers' cairn.yaml of who signed the store's certificate"),
  objectLock: objectLockSchema.optional().describe('locks each set when it is made; not when absent'),
});
export type ObsSpec = z.infer<typeof obsSchema>;

/** The host that an endpoint names, as the `servers` of a secret name it; undefined where it is none. */
export function serverOfEndpoint(endpoint: string): string | undefined {
  const [, host = ''] = /^https?:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[1-9]\d{0,4})?\/?$/.exec(endpoint) ?? [];
  const server = host.replace(/^\[|\]$/g, '');
  return serverPattern.test(server) ? server : undefined;
}
