import type { BuiltSource } from '../model/kinds';
import type { ChosenSet, RestorationTask } from '../model/task';
import { labelText } from '../model/text';

/** What is lost, kept and needed when a set of a source is put live. */
const replaced: { readonly [source in BuiltSource]: (set: ChosenSet, cluster: string) => string } = {
  nameNode: ({ part, label }, cluster) =>
    `NameService ${part} of cluster ${cluster}: the NameNode's metadata; everything written to HDFS after ` +
    `${labelText(label)} is lost; the state before is kept beside it until the next successful restoration; ` +
    'the NameNode must be stopped',
  hdfs: ({ paths, label }, cluster) =>
    `${paths === undefined ? 'all directories of the set, at their own places' : paths.map(placeText).join(', ')}, in HDFS of cluster ` +
    `${cluster}: what is there is replaced by what was there at ${labelText(label)}; it is kept until all is restored and compared`,
};

/** In words, a line for each set: what a restoration will replace. */
export function whatIsReplaced(task: RestorationTask): string[] {
  return task.sets.map((set) => `${replaced[set.source](set, task.cluster)}${originOf(set, task.cluster)}`);
}

function placeText({ path, to }: { readonly path: string; readonly to: string }): string {
  return path === to ? path : `${to} (by ${path})`;
}

function originOf(set: ChosenSet, cluster: string): string {
  return set.cluster === cluster
    ? ''
    : ` (the set was made in cluster ${set.cluster}, product version ${set.productVersion})`;
}
