import { z } from 'zod';
import { hdfsUri, httpAddress } from './hdfs-schema';
import { hostPattern, nameServicePattern } from './names';

const nameService = z.string().regex(nameServicePattern, 'letters, digits and "-", at most 64');

/** What a worker's configuration says about the NameNodes of one NameService. */
export const nameServiceSchema = z.strictObject({
  nameNodes: z
    .array(
      z.strictObject({
        http: httpAddress().describe("the NameNode's own HTTP address, such as http://nn1:9870"),
        host: z
          .string()
          .regex(hostPattern, 'a host name')
          .describe("host name of the worker that runs on the NameNode's machine"),
        nameDirs: z
          .array(z.string().regex(/^\/[^\0]*$/, 'an absolute path'))
          .min(1)
          .describe('dfs.namenode.name.dir on that machine, every directory'),
      }),
    )
    .min(1)
    .max(5)
    .describe('one NameNode, or the members of an HA group'),
  uri: hdfsUri().optional().describe("how Hadoop's commands call it; hdfs://<its name here> when absent"),
});
export type NameServiceConfig = z.infer<typeof nameServiceSchema>;

export const nameNodeServiceSchema = z.strictObject({
  nameServices: z
    .record(nameService, nameServiceSchema)
    .describe('by NameService name; `hacluster` is the default one'),
});

/** What a person's task says about this source. */
export const nameNodeEntrySchema = z.strictObject({
  source: z.literal('nameNode').describe("the metadata of HDFS: a NameNode's checkpoint and edits"),
  nameServices: z
    .array(nameService)
    .min(1)
    .max(20)
    .optional()
    .describe('which NameServices; all that the cluster has when absent'),
});
export type NameNodeEntry = z.infer<typeof nameNodeEntrySchema>;

/** One NameService, resolved: what the source is given. Holds no secret. */
export interface NameNodeSpec {
  readonly nameService: string;
  readonly nameNodes: NameServiceConfig['nameNodes'];
}

/** The product's default NameService; its sets are named without the NameService. */
export const defaultNameService = 'hacluster';
