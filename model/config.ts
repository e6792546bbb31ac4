import { z } from 'zod';
import { httpAddress, remoteHdfsConfigSchema } from './hdfs-schema';
import { serveSchema } from './mirror-schema';
import { clusterIdPattern, hostPattern, managerId, nameServicePattern, taskNamePattern } from './names';
import { nameNodeServiceSchema } from './name-node';
import { omsServiceSchema } from './oms';
import type { ChannelFacts } from './notification';
import { type NotificationsConfig, notificationsSchema } from './notification-schema';
import type { ClusterFacts } from './run';
import { namedSecretSchema } from './secret-schema';
import { settingsSchema } from './settings-schema';
import { versionPattern } from './version';

/**
 * A worker's configuration, `cairn.yaml`: where things are and which secrets open them. People's `tasks.yaml` holds
 * names only; what a name means stands here, on the workers.
 */
const path = z.string().regex(/^\/[^\0]*$/, 'an absolute path');
const host = z.string().regex(hostPattern, 'a host name');

const hadoopSchema = z.strictObject({
  hdfs: z.string().min(1).default('hdfs').describe("the cluster's own `hdfs` command: a path, or a name on the PATH"),
  hadoop: z
    .string()
    .min(1)
    .default('hadoop')
    .describe("the cluster's own `hadoop` command, which runs DistCp: a path, or a name on the PATH"),
  confDir: path.optional().describe("HADOOP_CONF_DIR for both; the commands' own when absent"),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user name')
    .default('hdfs')
    .describe('who cairn is, in a cluster without Kerberos'),
});

/** Hours: a request stands for a month at the most. */
const approvalSchema = z.strictObject({
  restorations: z.boolean().describe('a restoration runs only when somebody else than who asked for it approves it'),
  hours: z.number().positive().max(720).default(24).describe('not approved within so many hours, a request is dropped'),
});

/** Who runs DistCp: the cluster's Yarn, or, where it has none, the driver itself. */
const yarnSchema = z
  .union([
    z.literal('none').describe('the cluster has no Yarn: one process on the host of the worker copies'),
    z.strictObject({
      resourceManagers: z
        .array(httpAddress())
        .min(1)
        .max(5)
        .describe("the ResourceManagers' HTTP addresses, such as http://rm1:8088"),
    }),
  ])
  .describe('what copies service data; must be given before service data is backed up');

/** Ports from 1 to 65535, as a pattern, so that editors know it, too. */
const port = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';
const listenPattern = new RegExp(`^(\\[[0-9A-Fa-f:.]{2,45}\\]|${hostPattern.source.slice(1, -1)}):${port}$`);

const clusterSchema = z.strictObject({
  id: z
    .string()
    .regex(clusterIdPattern, 'letters, digits and "-", at most 32')
    .describe('also the name of its folder in LocalBackup; "oms" is the manager itself, whose folder there is "0"'),
  version: z
    .string()
    .regex(versionPattern, 'a product version such as 3.3.0')
    .describe("the cluster's product version; part of its sets' names"),
  localBackup: z
    .strictObject({
      path: path.describe('the LocalBackup folder, the same on all its hosts'),
      hosts: z.array(host).min(1).max(5).describe('management hosts in order; the first live one is active'),
      serve: serveSchema(listenPattern)
        .optional()
        .describe("keeps the other hosts' folders equal to the active one's; they are not when absent"),
    })
    .refine(
      ({ hosts, serve }) => serve === undefined || hosts.every((one) => Object.hasOwn(serve.addresses, one)),
      '`serve.addresses` with an address for each of `hosts`',
    )
    .describe('where target localDir keeps sets'),
  hadoop: hadoopSchema.prefault({}),
  yarn: yarnSchema.optional(),
  remoteHdfs: z
    .record(z.string().regex(nameServicePattern, 'letters, digits and "-", at most 64'), remoteHdfsConfigSchema)
    .default({})
    .describe("other clusters' HDFS, by the names that tasks use: haclusterX, haclusterX1 …"),
  services: z
    .strictObject({ oms: omsServiceSchema.optional(), nameNode: nameNodeServiceSchema.optional() })
    .describe('what the cluster has, and where'),
  defaultTask: z
    .boolean()
    .default(true)
    .describe("whether the cluster gets the product's default task: hourly, metadata, to LocalDir"),
  approval: approvalSchema.optional().describe("whether a second person's approval is needed; it is not when absent"),
  settings: settingsSchema.prefault({}),
});
export type ClusterConfig = z.infer<typeof clusterSchema>;

const metricsSchema = z.strictObject({
  listen: z
    .string()
    .regex(listenPattern, 'host:port such as 127.0.0.1:9464')
    .describe('the address that /metrics is served at; 0.0.0.0:<port> for all interfaces'),
});

export const workerConfigSchema = z.strictObject({
  temporal: z
    .strictObject({
      address: z.string().min(1).default('127.0.0.1:7233').describe('host:port of the Temporal server'),
      namespace: z.string().min(1).default('default').describe("of Temporal, where cairn's workflows live"),
    })
    .prefault({}),
  host: host.optional().describe("this worker's host name in cairn; the machine's own when absent"),
  spool: path.default('/var/lib/cairn/spool').describe('a folder of this host for archives on their way'),
  mountPoints: path
    .default('/var/lib/cairn/mounts')
    .describe('a folder of this host where shares of NFS and SMB are mounted while they are needed'),
  mounts: z
    .record(z.string().regex(taskNamePattern, 'letters, digits, "_" and "-", at most 64'), path)
    .default({})
    .describe('where somebody else has mounted shares, by the names that tasks use'),
  metrics: metricsSchema.optional().describe('serves metrics for Prometheus; none when absent'),
  secrets: z
    .record(z.string().regex(taskNamePattern, 'letters, digits, "_" and "-", at most 64'), namedSecretSchema)
    .default({})
    .describe('passwords and keys by the names that tasks use, and where they come from'),
  authorities: z
    .record(z.string().regex(taskNamePattern, 'letters, digits, "_" and "-", at most 64'), path)
    .default({})
    .describe('files with certificates (PEM) of authorities that targets are believed by, by the names that tasks use'),
  notifications: notificationsSchema
    .optional()
    .describe('who is told what happens, by the names of channels; nobody when absent'),
  clusters: z.array(clusterSchema).min(1).max(50).describe('the clusters that this worker serves'),
});
export type WorkerConfig = z.infer<typeof workerConfigSchema>;

/** What the `cluster` workflow may know of a cluster's configuration. */
export function factsOf(
  cluster: ClusterConfig,
  host: string,
  {
    notifications = {},
    secrets = {},
    authorities = {},
    clusters = [],
  }: Partial<Pick<WorkerConfig, 'notifications' | 'secrets' | 'authorities' | 'clusters'>> = {},
): ClusterFacts {
  const secretNames = Object.keys(secrets).sort();
  const authorityNames = Object.keys(authorities).sort();
  const channels = channelsOf(notifications, cluster.id);
  return {
    id: cluster.id,
    version: cluster.version,
    services: servicesOf(cluster),
    ...(cluster.id === managerId && { hdfsOf: hdfsOf(clusters) }),
    remoteHdfs: Object.keys(cluster.remoteHdfs).sort(),
    ...(secretNames.length > 0 && { secrets: secretNames }),
    ...(authorityNames.length > 0 && { authorities: authorityNames }),
    localBackupHosts: cluster.localBackup.hosts,
    ...(isMirrored(cluster) && { mirrored: true }),
    namedHosts: namedHosts(cluster),
    hosts: [host],
    settings: cluster.settings,
    defaultTask: cluster.defaultTask,
    ...(cluster.approval?.restorations === true && { approval: { hours: cluster.approval.hours } }),
    ...(channels.length > 0 && { channels }),
  };
}

function servicesOf({ services: { oms, nameNode } }: ClusterConfig): ClusterFacts['services'] {
  return {
    ...(oms !== undefined && { oms: true }),
    ...(nameNode !== undefined && { nameNode: { nameServices: Object.keys(nameNode.nameServices).sort() } }),
  };
}

function hdfsOf(clusters: readonly ClusterConfig[]): { [cluster: string]: readonly string[] } {
  const found = clusters.flatMap((one) => {
    const { nameNode } = servicesOf(one);
    return nameNode === undefined ? [] : [[one.id, nameNode.nameServices] as const];
  });
  return Object.fromEntries(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isMirrored({ localBackup: { hosts, serve } }: ClusterConfig): boolean {
  return hosts.length > 1 && serve !== undefined;
}

function channelsOf(notifications: NotificationsConfig, cluster: string): ChannelFacts[] {
  return Object.entries(notifications)
    .filter(([, { clusters }]) => clusters === undefined || clusters.includes(cluster))
    .map(([name, { events }]) => ({ name, ...(events !== undefined && { events }) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Where sets are kept, where the manager is, and where NameNodes are restored. */
function namedHosts({ localBackup, services: { oms, nameNode } }: ClusterConfig): string[] {
  const restored = Object.values(nameNode?.nameServices ?? {}).flatMap(({ nameNodes }) => nameNodes);
  return [...new Set([...localBackup.hosts, ...(oms?.hosts ?? []), ...restored.map(({ host }) => host)])].sort();
}
