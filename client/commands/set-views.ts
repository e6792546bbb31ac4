import { incrementText } from '../../model/policy';
import type { BackupSet } from '../../model/set';
import { bytesText, labelText } from '../../model/text';
import { isDamaged, type LocatedSet } from '../find-sets';
import { factLines, tableLines } from '../terminal/table';
import { targetText } from '../words';

/** The sets of one run, of both families and on all its targets. */
export interface RunSets {
  readonly label: string;
  readonly task: string;
  readonly creation: string;
  /** Absent when no set of it tells. */
  readonly cluster?: string;
  readonly sets: readonly LocatedSet[];
}

/** The sets by run, in the order of their first ones. Runs of two clusters, or of a task and its namesake, are two. */
export function groupByRun(sets: readonly LocatedSet[]): RunSets[] {
  const runs = new Map<string, LocatedSet[]>();
  for (const set of sets) {
    const run = runOf(set, sets);
    runs.set(run, [...(runs.get(run) ?? []), set]);
  }
  return [...runs.values()].map(viewOf);
}

function runOf(set: LocatedSet, all: readonly LocatedSet[]): string {
  return [clusterOf(set, all) ?? '', set.task, set.creation, set.label].join(' ');
}

/** A damaged set does not tell its cluster. On a disk its folder does; elsewhere it is taken for that of the run's others. */
function clusterOf(set: LocatedSet, all: readonly LocatedSet[]): string | undefined {
  if (!isDamaged(set)) return set.cluster;
  const [root, , ...below] = set.name.split('/');
  if (below.length > 0) return root;
  const isOfRun = (one: LocatedSet) =>
    one.task === set.task && one.creation === set.creation && one.label === set.label;
  return all.find((one): one is BackupSet & LocatedSet => !isDamaged(one) && isOfRun(one))?.cluster;
}

function viewOf(sets: LocatedSet[]): RunSets {
  const { label, task, creation } = sets[0]!;
  const cluster = clusterOf(sets[0]!, sets);
  return { label, task, creation, ...(cluster === undefined ? {} : { cluster }), sets };
}

export function setListLines(runs: readonly RunSets[], ofAllClusters: boolean): string[] {
  if (runs.length === 0)
    return [
      ofAllClusters ? 'no sets lie there' : 'no sets HINT: --target localDir lists what lies there without any task',
    ];
  const cluster = ofAllClusters ? ['cluster'] : [];
  const head = ['run', 'label', ...cluster, 'task', 'source', 'family', 'bytes', 'verified', 'set'];
  return tableLines(
    head,
    runs.flatMap((run) => run.sets.map((set, place) => [...runCells(run, place, ofAllClusters), ...cellsOf(set)])),
  );
}

/** A run is named once, in its first line. */
function runCells({ label, cluster, task }: RunSets, place: number, ofAllClusters: boolean): string[] {
  const cells = [labelText(label), label, ...(ofAllClusters ? [cluster ?? '?'] : []), task];
  return place === 0 ? cells : cells.map(() => '');
}

function cellsOf(set: LocatedSet): string[] {
  if (isDamaged(set)) return ['?', '', '', 'damaged', `${set.name}: ${set.problem}`];
  return [`${set.source} ${partText(set)}`, families[set.family], bytesText(set.bytes), set.verified, set.name];
}

const families: { readonly [family in BackupSet['family']]: string } = { metadata: 'metadata', data: 'service data' };

/** What fits into a column. */
const shown = { paths: 2, characters: 30 };

function partText({ part, paths }: BackupSet): string {
  if (paths === undefined) return part;
  const more = paths.length > shown.paths ? [`… ${paths.length - shown.paths} more`] : [];
  return [...paths.slice(0, shown.paths).map(shortened), ...more].join(', ');
}

/** The end of a path tells more than its beginning. */
function shortened(path: string): string {
  const characters = [...path];
  return characters.length <= shown.characters ? path : `…${characters.slice(1 - shown.characters).join('')}`;
}

export function setLines(set: LocatedSet): string[] {
  const common = {
    set: set.name,
    run: `${set.label} (${labelText(set.label)})`,
    task: `${set.task} (created ${labelText(set.creation)})`,
    target: targetText(set.target),
  };
  if (isDamaged(set)) return factLines({ ...common, damaged: set.problem });
  const { cluster, source, part, family, productVersion, bytes, buildsOn, verified } = set;
  const facts = factLines({
    ...common,
    cluster,
    source,
    part,
    family: families[family],
    'product version': productVersion,
    bytes: `${bytesText(bytes)} (${bytes})`,
    copied: buildsOn && incrementText(buildsOn),
    verified,
  });
  return set.trees === undefined ? facts : [...facts, '', ...treeLines(set.trees)];
}

function treeLines(trees: NonNullable<BackupSet['trees']>): string[] {
  const row = ({ path, files, directories, bytes, unverified }: (typeof trees)[number], place: number) => [
    `data/${place}`,
    path,
    files,
    directories,
    bytesText(bytes),
    unverified,
  ];
  return tableLines(['tree', 'directory', 'files', 'directories', 'bytes', 'unverified files'], trees.map(row));
}
