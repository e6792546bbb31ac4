import { type ClusterState, taskOf } from './cluster-state';
import type { BuiltSource } from './kinds';
import { labelAt } from './label';
import { planAnew } from './periodic';
import type { ClusterFacts } from './run';
import type { BackupTask, TaskSource } from './task';
import { atLeast } from './version';

/** Sets that the product keeps of each source of its default tasks (product facts §1: Table 7, for 2.x Table 6). */
const copies = {
  since3: { nameNode: 24 },
  until2: { nameNode: 2 },
} as const satisfies { readonly [table: string]: { readonly [source in BuiltSource]?: number } };

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
  return planAnew({ ...state, defaultMade: true, tasks: { ...state.tasks, [name]: task } }, name, now);
}

/** What somebody changed of a source stays. */
function lookUpSources(state: ClusterState, name: string): ClusterState {
  const task = taskOf(state, name)!;
  const { spec } = task;
  if (spec.kind !== 'backup' || state.defaultMade !== true) return state;
  const wanted = sourcesOf(state.cluster).map(
    (source) => spec.sources.find((one) => one.source === source.source) ?? source,
  );
  if (wanted.length === 0 || JSON.stringify(wanted) === JSON.stringify(spec.sources)) return state;
  return { ...state, tasks: { ...state.tasks, [name]: { ...task, spec: { ...spec, sources: wanted } } } };
}

function sourcesOf({ services, version }: ClusterFacts): TaskSource[] {
  const table = atLeast(version, '3.0.0') ? copies.since3 : copies.until2;
  if (services.nameNode === undefined) return [];
  const entry = { source: 'nameNode' as const };
  return [{ source: 'nameNode', entry, target: { kind: 'localDir' }, copies: table.nameNode }];
}
