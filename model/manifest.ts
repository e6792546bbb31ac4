import { z } from 'zod';
import { sourceNames } from './kinds';
import { labelPattern } from './label';
import { clusterIdPattern, isSafeRelativeName, taskNamePattern } from './names';
import { versionPattern } from './version';

/**
 * The manifest of a set: the file that makes a set a set (design §5). Written last, never rewritten.
 * Bytes are bytes; digests are lower-case hex; times are ISO 8601 in UTC.
 */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const crc32c = z.string().regex(/^[0-9a-f]{8}$/);
const bytes = z.int().nonnegative();
const safeName = z
  .string()
  .refine(isSafeRelativeName, 'a relative name without "..", control characters or backslashes');

const fileSchema = z.strictObject({ path: safeName, bytes, crc32c, sha256 });

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  family: z.literal('metadata'),
  label: z.string().regex(labelPattern),
  /** Label of the set that this one builds on; null: stands alone (metadata always does). */
  buildsOn: z.null(),
  task: z.strictObject({ name: z.string().regex(taskNamePattern), creation: z.string().regex(labelPattern) }),
  cluster: z.strictObject({ id: z.string().regex(clusterIdPattern) }),
  source: z.enum(sourceNames as [string, ...string[]]),
  part: z.string().max(64),
  /** What the source wrote down about itself: `lastTxId`, `clusterId` … */
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  versions: z.strictObject({
    product: z.string().regex(versionPattern),
    component: z.string().max(200).optional(),
    cairn: z.string(),
  }),
  begin: z.iso.datetime(),
  end: z.iso.datetime(),
  archive: z.strictObject({ name: safeName, bytes, crc32c, sha256 }),
  /** What the archive holds, in its order. */
  files: z.array(fileSchema).min(1).max(100_000),
  /** How the stored archive was compared with what was written, before this manifest: `readBack` = every byte. */
  verified: z.enum(['readBack', 'storeChecksum', 'unverified']),
  /** SHA-256 of the manifest file before this one in the same folder and part; null for the first. */
  previous: sha256.nullable(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ArchivedFile = Manifest['files'][number];
/** Size and digests of one stored thing. */
export type Digests = Pick<ArchivedFile, 'bytes' | 'crc32c' | 'sha256'>;
