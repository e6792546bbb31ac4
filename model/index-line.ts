import { z } from 'zod';
import type { Checksum, TreeEntry } from './tree';

/** A line of the index of a tree: an entry, and what its store said about its bytes. */
export interface IndexLine extends TreeEntry {
  /** Of a file; absent where the store has none. */
  readonly checksum?: Checksum;
}

const count = z.int().nonnegative();
const name = z.string().min(1).max(1000);

/** Nothing but what stands below the tree's root: it is joined to paths of servers. Any other character is a name's own. */
const path = z
  .string()
  .max(8000)
  .refine(
    (text) => text === '' || text.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'a path below the root without "." or ".."',
  );

/** What it checks is given back with its fields in one order. */
export const indexLineSchema: z.ZodType<IndexLine> = z
  .strictObject({
    path,
    type: z.enum(['file', 'directory']),
    bytes: count,
    modified: z.int(),
    owner: name,
    group: name,
    permission: z.string().regex(/^[0-7]{1,4}$/),
    replication: count.exactOptional(),
    blockSize: count.exactOptional(),
    hasAcl: z.literal(true).exactOptional(),
    checksum: z
      .strictObject({
        algorithm: name,
        value: z
          .string()
          .regex(/^([0-9a-f]{2})+$/)
          .max(1000),
      })
      .exactOptional(),
  })
  .refine(
    ({ type, bytes, checksum }) => type === 'file' || (bytes === 0 && checksum === undefined),
    'a directory has no bytes',
  );
