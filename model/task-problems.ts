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
  const named = entry.source === 'hdfs' ? [entry.nameService] : (entry.nameServices ?? []);
  return problemOfNameService(cluster, named);
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
  if (target.kind === 'localHdfs') return problemOfNameService(cluster, [target.nameService]);
  if (target.kind !== 'remoteHdfs') return undefined;
  const known = cluster.remoteHdfs ?? [];
  if (known.includes(target.nameService)) return undefined;
  return refusal(
    'invalid',
    `cluster ${cluster.id} knows no remote HDFS "${target.nameService}". HINT: name it under remoteHdfs in the workers' cairn.yaml; it has: ${known.join(', ') || 'none'}`,
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
