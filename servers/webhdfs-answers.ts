import { z } from 'zod';
import { BackupError } from '../model/errors';

/** What HDFS tells in JSON, and what it means here. Something else is `unavailable`: it was not HDFS that answered. */

/** A file or directory of HDFS. */
export interface HdfsEntry {
  /** The last part of its path; `''` for the path that was asked for. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly bytes: number;
  readonly owner: string;
  readonly group: string;
  /** Octal, such as `755`. */
  readonly permission: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly replication: number;
  /** 0 for a directory. */
  readonly blockSize: number;
  /** Milliseconds since 1970, as precise as the cluster keeps it (an hour by default); 0 where it does not. */
  readonly accessed: number;
  /** It has more than its mode: `aclOf` tells. */
  readonly hasAcl: boolean;
  readonly isEncrypted: boolean;
  readonly isErasureCoded: boolean;
  /** True for a directory that HDFS calls so; undefined is no answer: old servers never tell, none of them says false. */
  readonly isSnapshottable?: boolean;
}

/** What a directory holds now; what only its snapshots hold is left out. */
export interface ContentSummary {
  readonly files: number;
  readonly directories: number;
  /** Of all files, each counted once. */
  readonly bytes: number;
}

export interface FileChecksum {
  /** Such as `MD5-of-0MD5-of-512CRC32C`. */
  readonly algorithm: string;
  /** Hex. */
  readonly bytes: string;
}

const statusSchema = z
  .object({
    pathSuffix: z.string(),
    type: z.enum(['FILE', 'DIRECTORY', 'SYMLINK']),
    length: z.int().nonnegative(),
    owner: z.string(),
    group: z.string(),
    permission: z.string(),
    modificationTime: z.number(),
    replication: z.number(),
    blockSize: z.number(),
    accessTime: z.number().default(0),
    aclBit: z.boolean().default(false),
    encBit: z.boolean().default(false),
    ecBit: z.boolean().default(false),
    snapshotEnabled: z.boolean().optional(),
  })
  .transform((status): HdfsEntry => ({
    name: status.pathSuffix,
    type: types[status.type],
    bytes: status.length,
    owner: status.owner,
    group: status.group,
    permission: status.permission,
    modified: status.modificationTime,
    replication: status.replication,
    blockSize: status.blockSize,
    accessed: status.accessTime,
    hasAcl: status.aclBit,
    isEncrypted: status.encBit,
    isErasureCoded: status.ecBit,
    ...(status.snapshotEnabled !== undefined && { isSnapshottable: status.snapshotEnabled }),
  }));
const types = { FILE: 'file', DIRECTORY: 'directory', SYMLINK: 'symlink' } as const;

const listingSchema = z.object({
  DirectoryListing: z.object({
    partialListing: z.object({ FileStatuses: z.object({ FileStatus: z.array(statusSchema) }) }),
    remainingEntries: z.number(),
  }),
});
const summarySchema = z.object({
  ContentSummary: z.object({
    fileCount: z.number(),
    directoryCount: z.number(),
    length: z.number(),
    snapshotFileCount: z.number().default(0),
    snapshotDirectoryCount: z.number().default(0),
    snapshotLength: z.number().default(0),
  }),
});
const checksumSchema = z.object({ FileChecksum: z.object({ algorithm: z.string(), bytes: z.string() }) });

export function entryIn(status: unknown): HdfsEntry {
  return read(statusSchema, status);
}

/** One page of a directory. */
export function pageIn(answer: unknown): { readonly entries: readonly HdfsEntry[]; readonly isLast: boolean } {
  const { partialListing, remainingEntries } = read(listingSchema, answer).DirectoryListing;
  return { entries: partialListing.FileStatuses.FileStatus, isLast: remainingEntries === 0 };
}

export function summaryIn(answer: unknown): ContentSummary {
  const counted = read(summarySchema, answer).ContentSummary;
  // What only snapshots still hold is counted, too.
  return {
    files: counted.fileCount - counted.snapshotFileCount,
    directories: counted.directoryCount - counted.snapshotDirectoryCount,
    bytes: counted.length - counted.snapshotLength,
  };
}

export function checksumIn(text: string): FileChecksum {
  return read(checksumSchema, JSON.parse(text)).FileChecksum;
}

/** The answer in the form that is expected. */
export function read<Schema extends z.ZodType>(schema: Schema, found: unknown): z.output<Schema> {
  const result = schema.safeParse(found);
  if (result.success) return result.data;
  throw new BackupError('unavailable', 'an answer is not of the form that HDFS gives', {}, { cause: result.error });
}
