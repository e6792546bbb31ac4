import { bytesText, labelText } from '../../model/text';
import { isDamaged, type LocatedSet } from '../find-sets';
import { factLines, tableLines } from '../terminal/table';

/** The sets of one run. */
export interface RunSets {
  readonly label: string;
  readonly task: string;
  readonly creation: string;
  /** Absent when no set of it tells. */
  readonly cluster?: string;
  readonly sets: readonly LocatedSet[];
}

/** The sets by run, oldest first. Runs of two clusters, or of a task and its namesake, are two. */
export function groupByRun(sets: readonly LocatedSet[]): RunSets[] {
  const runs = new Map<string, LocatedSet[]>();
  for (const set of sets) {
    const run = [folderOf(set.name), set.label].join(' ');
    runs.set(run, [...(runs.get(run) ?? []), set]);
  }
  return [...runs.values()].map(runOf);
}

function runOf(sets: LocatedSet[]): RunSets {
  const { label, task, creation } = sets[0]!;
  const sound = sets.find((set) => !isDamaged(set));
  const cluster = sound === undefined || isDamaged(sound) ? {} : { cluster: sound.cluster };
  return { label, task, creation, ...cluster, sets };
}

export function setListLines(runs: readonly RunSets[], ofAllClusters: boolean): string[] {
  if (runs.length === 0)
    return [
      ofAllClusters ? 'no sets lie there' : 'no sets HINT: --target localDir lists what lies there without any task',
    ];
  const head = ['run', 'label', ...(ofAllClusters ? ['cluster'] : []), 'task', 'source', 'bytes', 'verified', 'set'];
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
  if (isDamaged(set)) return ['?', '', 'damaged', `${set.name}: ${set.problem}`];
  return [`${set.source} ${set.part}`, bytesText(set.bytes), set.verified, set.name];
}

export function setLines(set: LocatedSet): string[] {
  const common = {
    set: set.name,
    run: `${set.label} (${labelText(set.label)})`,
    task: `${set.task} (created ${labelText(set.creation)})`,
    target: set.target.kind,
  };
  if (isDamaged(set)) return factLines({ ...common, damaged: set.problem });
  const { cluster, source, part, productVersion, bytes, verified } = set;
  return factLines({
    ...common,
    cluster,
    source,
    part,
    'product version': productVersion,
    bytes: `${bytesText(bytes)} (${bytes})`,
    verified,
  });
}

function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}
