import { createHash } from 'node:crypto';
import type { CopyLimits, CopyTree } from '../model/copier';

/** One DistCp to run. */
export interface DistCpWork {
  /** Tells its driver and its job from all others; the same for each attempt. */
  readonly tag: string;
  /** Tells the place that it writes to: jobs of other copies that still write there are ended first. */
  readonly placeTag: string;
  /** For people: the job's name in Yarn. */
  readonly title: string;
  readonly tree: CopyTree;
  readonly limits: CopyLimits;
}

/** By this argument a driver is found again among the processes of a host; it means nothing to Hadoop. */
export function markOf(tag: string): string {
  return `-Dcairn.copy=${tag}`;
}

/** The same for every copy that writes to this place. */
export function placeTagOf(uri: string): string {
  return `cairn-to-${createHash('sha256').update(uri).digest('hex').slice(0, 20)}`;
}

/**
 * The arguments of `hadoop` that make the target as the source is. `settings` are Hadoop's, for where the job runs and what
 * it leaves where.
 */
export function argumentsOf(work: DistCpWork, settings: Readonly<Record<string, string>>): string[] {
  const { title, tree, limits } = work;
  const change = changeOf(tree);
  const tags = `${work.tag},${work.placeTag}`;
  const all = {
    'mapreduce.job.tags': tags,
    'mapreduce.job.name': title,
    'mapreduce.job.queuename': limits.queue,
    ...settings,
  };
  return [
    'distcp',
    markOf(work.tag),
    ...Object.entries(all).map(([name, value]) => `-D${name}=${value}`),
    ...(change === undefined ? fullCopy : ['-update', '-diff', change.since, change.to, preserved]),
    ...['-m', String(limits.maps)],
    ...['-bandwidth', String(limits.bandwidth)],
    escapeGlob(change?.directory ?? tree.from.uri),
    tree.to.uri,
  ];
}

/** Replication, block size, user, group, permission, checksum type, ACL, xattrs and times. */
const preserved = '-prbugpcaxt';

/** What is equal is kept, what the source does not have goes. */
const fullCopy = ['-update', '-delete', preserved] as const;

/** DistCp wants the directory itself and the names of two of its snapshots; the target must have the older one, too. */
function changeOf({ from, since }: CopyTree) {
  const [directory, to] = from.uri.split('/.snapshot/');
  return since === undefined || to === undefined ? undefined : { directory: directory!, since, to };
}

/** DistCp takes its sources for patterns, the target as it is. */
function escapeGlob(uri: string): string {
  return uri.replace(/[\\{}[\]*?]/g, (character) => `\\${character}`);
}
