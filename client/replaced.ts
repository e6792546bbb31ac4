import type { Replacing } from '../model/data-source';
import { type BuiltSource, isDataKind } from '../model/kinds';
import { overriddenVersions, startedBetween } from '../model/restore-rules';
import { type ChosenSet, type RestorationTask, sourcesOf } from '../model/task';
import { bytesText, labelText } from '../model/text';
import type { Outlook } from './look-ahead';
import { contentText } from './words';

/** What is lost, kept and needed when a set of a source is put live, as far as the task tells. */
const replaced: { readonly [source in BuiltSource]: (set: ChosenSet, cluster: string) => string } = {
  oms: ({ label }, cluster) =>
    `the manager (${cluster}): its database and its configuration; settings and users since ${labelText(label)} are lost, and all alarms; ` +
    'the state before is kept beside it until the next successful restoration; no cluster may run anything meanwhile; ' +
    'the manager must be stopped on all its hosts, and every cluster is restarted when it has been started again',
  nameNode: ({ part, label }, cluster) =>
    `NameService ${part} of cluster ${cluster}: the NameNode's metadata; everything written to HDFS after ` +
    `${labelText(label)} is lost; the state before is kept beside it until the next successful restoration; ` +
    'the NameNode must be stopped',
  hdfs: ({ paths, label }, cluster) =>
    `${paths === undefined ? 'all directories of the set, at their own places' : paths.map(placeText).join(', ')}, in HDFS of cluster ` +
    `${cluster}: what is there is replaced by what was there at ${labelText(label)}; it is kept until all is restored and compared`,
};

/**
 * In words: what a restoration will replace in a cluster of this product version. Without an outlook, what the task itself
 * tells.
 */
export function whatIsReplaced(task: RestorationTask, version: string, outlook?: Outlook): string[] {
  const found = outlook !== undefined && 'described' in outlook ? [...outlook.described] : [];
  const lines = task.sets.flatMap((set) => {
    const trees = isDataKind(set.source) ? found.shift() : undefined;
    const first = trees === undefined ? replaced[set.source](set, task.cluster) : headOf(set, task.cluster);
    return [`${first}${originOf(set, task.cluster)}`, ...(trees ?? []).flatMap(treeLines), ...roomLines(trees ?? [])];
  });
  const overridden = overriddenVersions(task, version).map((text) => `WARNING: ${text}: it is restored all the same`);
  return [...lines, ...overridden, ...betweenLines(task), ...(outlook === undefined ? [] : remarks(outlook))];
}

function betweenLines(task: RestorationTask): string[] {
  return startedBetween(sourcesOf(task)).map(
    ({ service, next }) =>
      `${next} comes after it and needs ${service} running: start ${service} when its part has succeeded, ${next} waits for it for some minutes; two tasks are easier`,
  );
}

function headOf({ label }: ChosenSet, cluster: string): string {
  return `directories in HDFS of cluster ${cluster}, which will be as they were at ${labelText(label)}:`;
}

function treeLines({ path, to, there, how, openFiles }: Replacing): string[] {
  const now = there === undefined ? 'nothing is there' : `${contentText(there)}, there now are replaced; ${kept[how]}`;
  return [
    `  ${to}${path === to ? '' : ` (from ${path})`}: ${now}`,
    ...(openFiles.length === 0
      ? []
      : [`    WARNING: open for writing there, what is being written is lost: ${openFiles.join(', ')}`]),
  ];
}

const kept: { readonly [how in Replacing['how']]: string } = {
  nothingThere: '',
  snapshot: 'it may have snapshots, so it is copied over in place; a snapshot keeps it until all has succeeded',
  aside: 'it is renamed aside and kept until all has succeeded',
};

function roomLines(trees: readonly Replacing[]): string[] {
  const bytes = trees.reduce((sum, { brings }) => sum + brings.bytes, 0);
  return bytes === 0 ? [] : [`  it needs about ${bytesText(bytes)} more in HDFS, times the replication`];
}

function remarks(outlook: Outlook): string[] {
  if ('refused' in outlook) return [`it could not be started now: ${outlook.refused}`];
  if ('unknown' in outlook) return [`nobody could look what is there now: ${outlook.unknown}`];
  return [];
}

function placeText({ path, to }: { readonly path: string; readonly to: string }): string {
  return path === to ? path : `${to} (from ${path})`;
}

function originOf(set: ChosenSet, cluster: string): string {
  return set.cluster === cluster
    ? ''
    : ` (the set was made in cluster ${set.cluster}, product version ${set.productVersion})`;
}
