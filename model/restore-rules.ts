import { type SourceKind, sourceKinds, sourceNames } from './kinds';
import { labelText } from './text';
import type { ChosenSet, RestorationTask } from './task';

/** What the product says of restoring a source (product facts §7, §8). A source that cairn has not built yet has its rule all the same. */
export interface RestoreRule {
  /** Metadata and service data of one component are put live in this order. */
  readonly component: string;
  /** What must be stopped before it is put live; absent: its service runs, and the applications on it stand still. */
  readonly stopped?: string;
  /** May not share a task with the metadata of another component: several at once may fail. */
  readonly alone?: true;
  /** Restoring it restarts every cluster: none may run anything meanwhile. */
  readonly restartsClusters?: true;
  /** The product offers *Force recovery*: replace what has the same name; without it such a restoration is not carried out. */
  readonly force?: true;
}

export const restoreRules: { readonly [source in SourceKind]: RestoreRule } = {
  oms: { component: 'OMS', stopped: 'OMS', restartsClusters: true },
  ldapServer: { component: 'LdapServer' },
  dbService: { component: 'DBService' },
  nameNode: { component: 'HDFS', stopped: 'NameNode', alone: true },
  yarn: { component: 'Yarn' },
  kafka: { component: 'Kafka', stopped: 'Kafka' },
  flink: { component: 'Flink', stopped: 'Flink' },
  hbaseMetadata: { component: 'HBase', stopped: 'HBase', alone: true },
  iotdbMetadata: { component: 'IoTDB', stopped: 'IoTDB', alone: true },
  clickhouseMetadata: { component: 'ClickHouse', stopped: 'ClickHouse' },
  hdfs: { component: 'HDFS' },
  hbase: { component: 'HBase', force: true },
  hive: { component: 'Hive', force: true },
  iotdb: { component: 'IoTDB', force: true },
  clickhouse: { component: 'ClickHouse' },
};

/** Pairs that never go together, with what happens, beyond what `alone` says. */
const apart: readonly (readonly [SourceKind, SourceKind, string])[] = [
  ['nameNode', 'hbaseMetadata', 'the restoration of both together fails'],
  ['clickhouseMetadata', 'clickhouse', 'the metadata must be there before the data is restored'],
];

/** Pairs of which both sets must be from the same time. */
const together: readonly (readonly [SourceKind, SourceKind])[] = [['oms', 'ldapServer']];

/** A set as far as these rules look at it: also of a source that is not built yet. */
type Chosen = Pick<ChosenSet, 'name' | 'label'> & { readonly source: SourceKind };

/** Why these sets cannot be restored by one task, with what to do; undefined when they can. */
export function problemOfSets(sets: readonly Chosen[]): string | undefined {
  return problemOfSources([...new Set(inOrder(sets).map(({ source }) => source))]) ?? problemOfTimes(sets);
}

function problemOfSources(sources: readonly SourceKind[]): string | undefined {
  const twoTasks = (first: SourceKind, second: SourceKind) =>
    `HINT: make two tasks, and start that of ${second} when that of ${first} has succeeded`;
  const clash = apart.find(([one, other]) => sources.includes(one) && sources.includes(other));
  if (clash !== undefined) {
    const [one, other, why] = clash;
    return `${one} and ${other} cannot be restored by one task: ${why}. ${twoTasks(one, other)}`;
  }
  const metadata = sources.filter((source) => sourceKinds[source].family === 'metadata');
  const alone = metadata.find((source) => restoreRules[source].alone === true);
  const other = metadata.find((source) => source !== alone);
  if (alone === undefined || other === undefined) return undefined;
  const [first, second] = inOrder([{ source: alone }, { source: other }]);
  return `${alone} cannot be restored by one task with other metadata, here ${other}: several at once may fail. ${twoTasks(first!.source, second!.source)}`;
}

function problemOfTimes(sets: readonly Chosen[]): string | undefined {
  for (const [one, other] of together) {
    const [mine, theirs] = [one, other].map((source) => sets.find((set) => set.source === source));
    if (mine === undefined || theirs === undefined || mine.label === theirs.label) continue;
    return `the sets of ${one} and ${other} must be of one run, and are of ${labelText(mine.label)} and ${labelText(theirs.label)}. HINT: choose the run with --run`;
  }
  return undefined;
}

export function restartsClusters(source: SourceKind): boolean {
  return restoreRules[source].restartsClusters === true;
}

/** The order in which they are put live: that of `sourceKinds`, so the manager first, and metadata before data. */
export function inOrder<One extends { readonly source: SourceKind }>(sets: readonly One[]): One[] {
  return [...sets].sort((one, other) => sourceNames.indexOf(one.source) - sourceNames.indexOf(other.source));
}

/** The task with its sets in the order in which they are put live. */
export function ordered(task: RestorationTask): RestorationTask {
  return { ...task, sets: inOrder(task.sets) };
}

/** In words, the sets of other product versions that `--any-version` lets pass; empty where it makes no difference. */
export function overriddenVersions(task: RestorationTask, version: string): string[] {
  if (task.anyVersion !== true) return [];
  return task.sets.flatMap(({ name, productVersion }) =>
    productVersion === version
      ? []
      : [`set ${name} is of product version ${productVersion}, the cluster of ${version} (--any-version)`],
  );
}

/**
 * True where a restoration puts live all that another one does: of metadata every part, of service data every place, from
 * sets of the same backup task. Then nothing is left of what the other one did.
 */
export function replacesAll(task: RestorationTask, other: RestorationTask): boolean {
  return other.sets.every((theirs) => task.sets.some((mine) => replacesSet(mine, theirs)));
}

function replacesSet(mine: ChosenSet, theirs: ChosenSet): boolean {
  if (mine.source !== theirs.source || mine.part !== theirs.part) return false;
  if (sourceKinds[mine.source].family === 'metadata') return true;
  if (folderOf(mine) !== folderOf(theirs)) return false;
  if (mine.paths === undefined || theirs.paths === undefined) return mine.paths === theirs.paths;
  return theirs.paths.every(({ to }) => mine.paths!.some((one) => one.to === to));
}

/** Sets of one backup task lie in one folder, and are of one NameService. */
function folderOf({ name }: ChosenSet): string {
  return name.slice(0, name.lastIndexOf('/'));
}

/** Services that are stopped for a part of these sources, and must run again for a later one. */
export function startedBetween(
  sources: readonly SourceKind[],
): { readonly service: string; readonly next: SourceKind }[] {
  return sources.flatMap((source) => {
    const { stopped: service, component } = restoreRules[source];
    const next = sources.find((one) => one !== source && restoreRules[one].component === component);
    return service === undefined || next === undefined ? [] : [{ service, next }];
  });
}
