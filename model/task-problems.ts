import { type ClusterState, jsonBytes } from './cluster-state';
import type { Answer } from './command';
import { refusal } from './decision';
import type { BuiltSource } from './kinds';
import { managerId } from './names';
import { problemOfSets } from './restore-rules';
import type { ClusterFacts } from './run';
import { maxTaskBytes, productSettings } from './settings';
import { allowedTargets } from './support';
import type { BackupTask, RestorationTask, TargetSpec, Task } from './task';
import { atLeast } from './version';

/** Why a cluster cannot have this task; undefined when it can. */
export function problemOf(state: ClusterState, task: Task): Answer | undefined {
  const bytes = jsonBytes(task);
  if (bytes > maxTaskBytes)
    return refusal(
      'tooLarge',
      `task "${task.name}" has ${bytes} bytes, ${maxTaskBytes} are possible. HINT: cut it into two tasks`,
    );
  return task.kind === 'backup'
    ? (problemOfPeriod(state, task) ?? problemOfBackup(state, task))
    : problemOfRestoration(state, task);
}

function problemOfPeriod(
  { cluster: { settings } }: ClusterState,
  { name, mode, period }: BackupTask,
): Answer | undefined {
  if (mode === 'manual')
    return period && refusal('invalid', `task "${name}" has a period, but is manual. HINT: make it periodic`);
  const { intervalSeconds = productSettings.intervalSeconds } = settings;
  if (period === undefined || !Number.isSafeInteger(period.started) || period.started % 1000 !== 0)
    return refusal('invalid', `periodic task "${name}" has no period that starts at a whole second`);
  if (Number.isSafeInteger(period.seconds) && period.seconds > intervalSeconds) return undefined;
  return refusal(
    'invalid',
    `the period of task "${name}" is ${period.seconds} s. HINT: more than ${intervalSeconds} s must be between its runs`,
  );
}

function problemOfBackup({ cluster }: ClusterState, task: BackupTask): Answer | undefined {
  for (const { source, target, entry } of task.sources) {
    const allowed = allowedTargets(cluster.version, source);
    if (!allowed.includes(target.kind))
      return refusal(
        'invalid',
        `${source} of product version ${cluster.version} cannot go to ${target.kind}. HINT: possible are: ${allowed.join(', ') || 'none'}`,
      );
    const problem = problemOfEntry(cluster, source, entry) ?? problemOfTarget(cluster, target);
    if (problem !== undefined) return problem;
  }
  const twice = task.sources.find(
    (one, index) => task.sources.findIndex((other) => other.source === one.source) !== index,
  );
  return twice && refusal('invalid', `source ${twice.source} stands twice in task "${task.name}"`);
}

function problemOfEntry(
  cluster: ClusterFacts,
  source: BuiltSource,
  entry: BackupTask['sources'][number]['entry'],
): Answer | undefined {
  if (source === 'oms') return problemOfManager(cluster);
  const service = cluster.services.nameNode;
  if (service === undefined && cluster.id === managerId)
    return refusal('invalid', `the manager (${managerId}) has no ${source}. HINT: put it into a task of its cluster`);
  if (service === undefined)
    return refusal(
      'invalid',
      source === 'nameNode'
        ? `cluster ${cluster.id} has no nameNode. HINT: name it under services in the workers' cairn.yaml`
        : `cluster ${cluster.id} has no HDFS. HINT: name its nameNode under services in the workers' cairn.yaml`,
    );
  return problemOfNameService(cluster, nameServicesOf(entry));
}

function nameServicesOf(entry: BackupTask['sources'][number]['entry']): readonly string[] {
  if (entry.source === 'hdfs') return [entry.nameService];
  return (entry.source === 'nameNode' && entry.nameServices) || [];
}

function problemOfManager({ id, version, services }: ClusterFacts): Answer | undefined {
  if (services.oms !== undefined) return undefined;
  const isItself = id === managerId || !atLeast(version, '3.0.0');
  return refusal(
    'invalid',
    isItself
      ? `cluster ${id} has no oms. HINT: name it under services in the workers' cairn.yaml`
      : `cluster ${id} has no oms: from product version 3 on the manager is looked after by itself. HINT: put it into a task of cluster ${managerId}`,
  );
}

/** That a target's secrets and its NameService are such that the workers know. */
function problemOfTarget(cluster: ClusterFacts, target: TargetSpec): Answer | undefined {
  const unknown = secretsOf(target).find((name) => !(cluster.secrets ?? []).includes(name));
  if (unknown !== undefined)
    return refusal(
      'invalid',
      `the workers of cluster ${cluster.id} know no secret of the name that target ${target.kind} gives. HINT: name it under secrets in their cairn.yaml; they have: ${cluster.secrets?.join(', ') || 'none'}`,
    );
  if (target.kind === 'obs') return problemOfAuthority(cluster, target.authority);
  if (target.kind === 'localHdfs') return problemOfLocalHdfs(cluster, target);
  if (target.kind !== 'remoteHdfs') return undefined;
  const known = cluster.remoteHdfs ?? [];
  if (known.includes(target.nameService)) return undefined;
  return refusal(
    'invalid',
    `cluster ${cluster.id} knows no remote HDFS "${target.nameService}". HINT: name it under remoteHdfs in the workers' cairn.yaml; it has: ${known.join(', ') || 'none'}`,
  );
}

/** The manager has no HDFS: its sets go to that of a cluster (the product's "Cluster for Backup", product facts §4). */
function problemOfLocalHdfs(
  facts: ClusterFacts,
  { cluster, nameService }: Extract<TargetSpec, { kind: 'localHdfs' }>,
): Answer | undefined {
  const { id, hdfsOf } = facts;
  if (id !== managerId)
    return cluster === undefined || cluster === id
      ? problemOfNameService(facts, [nameService])
      : refusal(
          'invalid',
          `target localHdfs of cluster ${id} cannot be the HDFS of cluster ${cluster}. HINT: leave out cluster, or take remoteHdfs`,
        );
  const places = Object.entries(hdfsOf ?? {}).flatMap(([name, all]) => all.map((one) => `${name} ${one}`));
  if (places.includes(`${cluster} ${nameService}`)) return undefined;
  const what =
    cluster === undefined
      ? `${managerId} has no HDFS of its own`
      : `there is no NameService "${nameService}" of cluster "${cluster}"`;
  return refusal(
    'invalid',
    `${what}. HINT: name the cluster whose HDFS keeps the sets; there are: ${places.join(', ') || 'none'}`,
  );
}

function problemOfAuthority({ id, authorities = [] }: ClusterFacts, named: string | undefined): Answer | undefined {
  if (named === undefined || authorities.includes(named)) return undefined;
  return refusal(
    'invalid',
    `the workers of cluster ${id} know no authority "${named}". HINT: name it under authorities in their cairn.yaml; they have: ${authorities.join(', ') || 'none'}`,
  );
}

/** What a target calls `…Secret` is the name of one. */
function secretsOf(target: TargetSpec): string[] {
  return Object.entries(target).flatMap(([field, value]) => (/Secret$/.test(field) ? [String(value)] : []));
}

function problemOfNameService(cluster: ClusterFacts, named: readonly string[]): Answer | undefined {
  const known = cluster.services.nameNode?.nameServices ?? [];
  const unknown = named.find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  return refusal('invalid', `cluster ${cluster.id} has no NameService "${unknown}". HINT: it has: ${known.join(', ')}`);
}

function problemOfRestoration({ cluster }: ClusterState, task: RestorationTask): Answer | undefined {
  const parts = task.sets.map((set) => `${set.source} ${set.part}`.trim());
  const twice = parts.find((part, index) => parts.indexOf(part) !== index);
  if (twice !== undefined)
    return refusal('invalid', `${twice} would be restored from two sets. HINT: choose one of them`);
  const clash = problemOfSets(task.sets);
  if (clash !== undefined) return refusal('invalid', clash);
  const other = task.sets.find((set) => set.productVersion !== cluster.version);
  if (other !== undefined && task.anyVersion !== true)
    return refusal(
      'invalid',
      `set ${other.name} is of product version ${other.productVersion}, cluster ${cluster.id} has ${cluster.version}. HINT: the versions must be equal; --any-version restores it all the same and is recorded`,
    );
  return undefined;
}
