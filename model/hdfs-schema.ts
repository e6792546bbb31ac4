import { z } from 'zod';
import { isHdfsPath, isWithin, refusalOfTargetPath } from './hdfs';
import { rowText } from './hdfs-rows';
import { mostPatternLength, refusalOfPattern } from './name-pattern';
import { clusterIdPattern, nameServicePattern } from './names';
import { versionPattern } from './version';

export const hdfsPath = z
  .string()
  .refine(isHdfsPath, 'an absolute path of HDFS without "..", ".snapshot" or a slash at its end, and not "/" itself');

/** Directories chosen by their names, anew at each run. */
const rowSchema = z.strictObject({
  under: z
    .string()
    .refine(
      (path) => path === '/' || isHdfsPath(path),
      'an absolute path of HDFS without "..", ".snapshot" or a slash at its end',
    )
    .describe('a directory that exists; it is not backed up itself'),
  matching: z
    .string()
    .min(1)
    .max(mostPatternLength)
    .refine((expression) => refusalOfPattern(expression) === undefined, {
      error: ({ input }) => `a regular expression of RE2 (${refusalOfPattern(String(input)) ?? 'as a text'})`,
    })
    .describe('a regular expression for the whole names of directories in it'),
});

const plainEntrySchema = z.strictObject({
  source: z.literal('hdfs').describe('directories of HDFS with all they hold, copied by DistCp from a snapshot'),
  nameService: z
    .string()
    .regex(nameServicePattern, 'letters, digits and "-", at most 64')
    .default('hacluster')
    .describe('the NameService that the directories lie in'),
  paths: z
    .array(hdfsPath)
    .min(1)
    .max(100)
    .refine((paths) => new Set(paths).size === paths.length, 'each directory once')
    .refine(
      (paths) => paths.every((path) => paths.every((other) => path === other || !isWithin(path, other))),
      'no directory inside another',
    )
    .optional()
    .describe('the directories; these, `rows`, or both'),
  rows: z
    .array(rowSchema)
    .min(1)
    .max(20)
    .refine((rows) => new Set(rows.map(rowText)).size === rows.length, 'each row once')
    .optional()
    .describe('more directories, chosen by their names anew at each run'),
  policy: z
    .union([
      z.enum(['full', 'incremental']),
      z.strictObject({ fullEvery: z.int().min(2).max(1000).describe('every so many runs a full one') }),
    ])
    .optional()
    .describe(
      'how DistCp finds what to copy. full, also when absent: it compares all files; incremental: by what HDFS says has changed since the run before',
    ),
  recoveryPoints: z
    .int()
    .min(0)
    .max(1000)
    .default(1)
    .describe('snapshots of each directory that stay in the cluster after a successful run'),
  queue: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'the name of a Yarn queue')
    .default('default')
    .describe('the Yarn queue that copies'),
  maps: z.int().min(1).max(2000).default(20).describe('maps of a copy at the most'),
  bandwidth: z.int().min(1).max(100_000).default(100).describe('MB/s that each map may take'),
});

/** Limits of a copy; each has the product's value where it is absent. */
export const copyLimitsSchema = plainEntrySchema.pick({ queue: true, maps: true, bandwidth: true });

/** What a person's task says about this source. */
export const hdfsEntrySchema = plainEntrySchema.superRefine(
  ({ paths = [], rows = [], policy = 'full', recoveryPoints }, context) => {
    if (policy !== 'full' && recoveryPoints === 0) {
      const message = 'at least 1 with this policy: what changed is found by the snapshot of the run before';
      context.addIssue({ code: 'custom', path: ['recoveryPoints'], message });
    }
    if (paths.length === 0 && rows.length === 0)
      context.addIssue({ code: 'custom', path: ['paths'], message: 'directories here, or rows' });
    rows.forEach(({ under }, place) => {
      const above = paths.find((path) => isWithin(under, path));
      if (above === undefined) return;
      const message = `a directory outside of ${above}, all of which is backed up already`;
      context.addIssue({ code: 'custom', path: ['rows', place, 'under'], message });
    });
  },
);
export type HdfsEntry = z.infer<typeof hdfsEntrySchema>;

const nameService = z.string().regex(nameServicePattern, 'letters, digits and "-", at most 64');

const targetPath = hdfsPath
  .refine((path) => refusalOfTargetPath(path) === undefined, {
    error: ({ input }) => refusalOfTargetPath(String(input)) ?? 'a path',
  })
  .describe("a directory for cairn's sets alone; neither hidden nor the system's");

/** How the cluster's own HDFS is written as a target. */
export const localHdfsSchema = z.strictObject({
  kind: z.literal('localHdfs').describe("the cluster's own HDFS"),
  cluster: z
    .string()
    .regex(clusterIdPattern, 'the id of a cluster')
    .optional()
    .describe('of the manager (oms), which has no HDFS of its own: the cluster whose HDFS keeps the sets'),
  nameService: nameService.default('hacluster').describe('the NameService that keeps the sets'),
  path: targetPath,
});

/** How another cluster's HDFS is written as a target. */
export const remoteHdfsSchema = z.strictObject({
  kind: z.literal('remoteHdfs').describe("another cluster's HDFS"),
  nameService: nameService.describe("the name under remoteHdfs in the workers' cairn.yaml, such as haclusterX"),
  path: targetPath,
  anyVersion: z
    .literal(true)
    .optional()
    .describe('goes there although that cluster has another product version; stays in the record'),
});

/** What a worker's configuration says about another cluster's HDFS. */
export const remoteHdfsConfigSchema = z.strictObject({
  nameNodes: z
    .array(httpAddress())
    .min(1)
    .max(5)
    .describe(
      "its NameNodes' own HTTP addresses, such as http://nn1:9870: one, or the members of an HA group. The product's IP mode: where a name has addresses of both kinds, write the one that is meant, such as http://[2001:db8::1]:9870",
    ),
  uri: hdfsUri().optional().describe("how Hadoop's commands call it; hdfs://<its name here> when absent"),
  version: z
    .string()
    .regex(versionPattern, 'a product version such as 3.3.0')
    .optional()
    .describe("that cluster's product version; this cluster's own when absent"),
});

export function hdfsUri() {
  return z.string().regex(/^(hdfs|viewfs):\/\/[A-Za-z0-9][A-Za-z0-9.:-]*$/, 'such as hdfs://hacluster, without a path');
}

export function httpAddress() {
  return (
    z
      .url({ protocol: /^https?$/ })
      // It stands in messages, which people hand on.
      .refine((address) => !address.includes('@'), 'a URL without user and password')
  );
}
