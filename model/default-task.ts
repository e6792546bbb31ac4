import { type ClusterState, taskOf } from './cluster-state';
import type { BuiltSource } from './kinds';
import { labelAt } from './label';
import { planAnew } from './periodic';
import type { ClusterFacts } from './run';
import type { BackupTask, TaskSource } from './task';
import { bytesText } from './text';
import { atLeast } from './version';

/** What the product expects of a source of its default tasks. */
export interface ExpectedSizes {
  /** Sets that are kept. */
  readonly copies: number;
  /** Of one file: of a set's archive. */
  readonly fileBytes: number;
}

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** Product facts §1: Table 7, for 2.x Table 6. The room on the disk is copies times file there, too. */
const tables = {
  since3: { oms: { copies: 168, fileBytes: 10 * MiB }, nameNode: { copies: 24, fileBytes: 20 * GiB } },
  until2: { oms: { copies: 2, fileBytes: 10 * MiB }, nameNode: { copies: 2, fileBytes: 1.5 * GiB } },
} as const satisfies { readonly [table: string]: { readonly [source in BuiltSource]?: ExpectedSizes } };

const hourSeconds = 3600;

/** `default-<cluster id>`; of product 2.x `default`, which is the only one there. */
export function defaultTaskName({ id, version }: ClusterFacts): string {
  return atLeast(version, '3.0.0') ? `default-${id}` : 'default';
}

/** True for the names of the product's default tasks: `default` (2.x), `default-oms` and `default-<cluster id>` (3.x). */
export function isDefaultTaskName(cluster: string, name: string): boolean {
  return ['default', 'default-oms', `default-${cluster}`].includes(name);
}

/**
 * The cluster with its default task: hourly, everything in full, to LocalDir. It is made once; somebody who deletes it has
 * his way. Its sources are those of the product's table that the cluster has, and follow the cluster's configuration.
 */
export function withDefaultTask(state: ClusterState, now: number): ClusterState {
  const { cluster } = state;
  if (cluster.defaultTask !== true) return state;
  const name = defaultTaskName(cluster);
  const existing = taskOf(state, name);
  if (existing !== undefined) return lookUpSources(state, name);
  const sources = sourcesOf(cluster);
  if (state.defaultMade === true || sources.length === 0) return state;
  // Not at once: whoever adds a cluster first looks whether all is well.
  const started = Math.floor(now / 1000) * 1000 + hourSeconds * 1000;
  const period = { started, seconds: hourSeconds };
  const spec: BackupTask = { kind: 'backup', name, cluster: cluster.id, mode: 'periodic', period, sources };
  const task = { spec, creation: labelAt(now), status: 'Ready' as const, runs: [] };
  const defaultSources = sources.map(({ source }) => source);
  return planAnew({ ...state, defaultMade: true, defaultSources, tasks: { ...state.tasks, [name]: task } }, name, now);
}

/**
 * What the cluster has come to have is added, what it has no more goes. What somebody changed stays as he wanted it: another
 * source that he added, and one that he took out.
 */
function lookUpSources(state: ClusterState, name: string): ClusterState {
  const task = taskOf(state, name)!;
  const { spec } = task;
  if (spec.kind !== 'backup' || state.defaultMade !== true) return state;
  const table = sourcesOf(state.cluster);
  const given = table.map(({ source }) => source);
  const before = state.defaultSources ?? spec.sources.map(({ source }) => source);
  const isGone = (source: BuiltSource) => source in tableOf(state.cluster) && !given.includes(source);
  const stay = spec.sources.filter(({ source }) => !isGone(source));
  const come = table.filter(({ source }) => !before.includes(source) && !stay.some((one) => one.source === source));
  const sources = [...come, ...stay];
  // One with nothing in it is no task: it fails, and says why.
  if (sources.length === 0) return state;
  const seen = { ...state, defaultSources: given };
  if (come.length === 0 && stay.length === spec.sources.length) return same(before, given) ? state : seen;
  return { ...seen, tasks: { ...state.tasks, [name]: { ...task, spec: { ...spec, sources } } } };
}

function same(some: readonly BuiltSource[], others: readonly BuiltSource[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}

function sourcesOf(cluster: ClusterFacts): TaskSource[] {
  const table = tableOf(cluster);
  return (['oms', 'nameNode'] as const)
    .filter((source) => cluster.services[source] !== undefined)
    .map((source) => ({ source, entry: { source }, target: { kind: 'localDir' }, copies: table[source].copies }));
}

function tableOf({ version }: ClusterFacts) {
  return atLeast(version, '3.0.0') ? tables.since3 : tables.until2;
}

/** Undefined for a source that the product's default task does not have. */
export function expectedSizes(cluster: ClusterFacts, source: BuiltSource): ExpectedSizes | undefined {
  const table: { readonly [source in BuiltSource]?: ExpectedSizes } = tableOf(cluster);
  return table[source];
}

/** A set that a default task has made. Bytes are bytes. */
export interface Found {
  readonly source: BuiltSource;
  readonly archiveBytes: number;
  /** What all its sets of the source take on the local disk; absent where they lie elsewhere. */
  readonly localBytes?: number;
}

/** What exceeds the product's sizes, in words. Only a warning: the product's numbers are no limits. */
export function sizeNotes(
  { copies, fileBytes }: ExpectedSizes,
  { source, archiveBytes, localBytes = 0 }: Found,
): string[] {
  const room = copies * fileBytes;
  return [
    ...(archiveBytes <= fileBytes
      ? []
      : [
          `warning: the set has ${bytesText(archiveBytes)}, a default task's set of ${source} is expected to have at most ${bytesText(fileBytes)}`,
        ]),
    ...(localBytes <= room
      ? []
      : [
          `warning: its sets of ${source} take ${bytesText(localBytes)} of LocalBackup, a default task is expected to take at most ${bytesText(room)}. HINT: lower its copies, or move sets elsewhere`,
        ]),
  ];
}
