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

const common = {
  format: z.literal(1),
  label: z.string().regex(labelPattern),
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
  /**
   * How what is stored was compared with what was written, before this manifest: `readBack` = every byte read,
   * `storeChecksum` = the store's own checksum of each file, `unverified` = something could not be compared.
   */
  verified: z.enum(['readBack', 'storeChecksum', 'unverified']),
  /** SHA-256 of the manifest file before this one in the same folder and part; null for the first. */
  previous: sha256.nullable(),
};

const metadataSchema = z.strictObject({
  ...common,
  family: z.literal('metadata'),
  /** Metadata always stands alone. */
  buildsOn: z.null(),
  archive: z.strictObject({ name: safeName, bytes, crc32c, sha256 }),
  /** What the archive holds, in its order. */
  files: z.array(fileSchema).min(1).max(100_000),
});

const counts = { files: z.int().nonnegative(), directories: z.int().nonnegative(), bytes };

/** A source directory of the set; its copy is `data/<number>` of the set's folder. */
const treeSchema = z.strictObject({
  number: z.int().min(0).max(999),
  path: z.string().min(1).max(8000),
  ...counts,
  /** Files whose bytes could not be compared, because the two sides have no checksum in common. */
  unverified: z.int().nonnegative(),
  /** The tree's entries: segments of lines, in order. Each is named by the SHA-256 of the stored object. */
  index: z.array(z.strictObject({ sha256, bytes, lines: z.int().positive() })).max(200_000),
});

const dataSchema = z.strictObject({
  ...common,
  family: z.literal('data'),
  /** Label of the set that this one builds on; null: stands alone. */
  buildsOn: z.string().regex(labelPattern).nullable(),
  /** Of one that builds on another: how many increments there are since the last full set, with this one. */
  increments: z.int().positive().optional(),
  trees: z.array(treeSchema).min(1).max(1000),
  totals: z.strictObject(counts),
});

export const manifestSchema = z.discriminatedUnion('family', [metadataSchema, dataSchema]);

export type Manifest = z.infer<typeof manifestSchema>;
export type MetadataManifest = z.infer<typeof metadataSchema>;
export type DataManifest = z.infer<typeof dataSchema>;
export type ManifestTree = DataManifest['trees'][number];
export type IndexSegment = ManifestTree['index'][number];
export type ArchivedFile = MetadataManifest['files'][number];
/** Size and digests of one stored thing. */
export type Digests = Pick<ArchivedFile, 'bytes' | 'crc32c' | 'sha256'>;
