import { type ClusterState, taskOf } from '../model/cluster-state';
import { BackupError } from '../model/errors';
import type { BackupTask, TargetSpec } from '../model/task';
import { refused } from './ask';
import { checkName } from './names';
import { targetText } from './words';

/** The one target of a backup task, or of its source; `invalid` where it has several. */
export function targetOfTask(
  { name, sources }: Pick<BackupTask, 'name' | 'sources'>,
  source: string | undefined,
): TargetSpec {
  const found = sources.filter((one) => source === undefined || one.source === source);
  if (found.length === 0)
    throw new BackupError('invalid', `task "${name}" has no source ${JSON.stringify(source)}`, {
      hint: `it has: ${sources.map((one) => one.source).join(', ')}`,
    });
  const targets = new Map(found.map(({ target }) => [JSON.stringify(target), target]));
  if (targets.size === 1) return found[0]!.target;
  const places = found.map((one) => `${one.source} to ${targetText(one.target)}`).join(', ');
  throw new BackupError('invalid', `task "${name}" has ${targets.size} targets: ${places}`, {
    hint: 'name one of them with --source',
  });
}

/** The backup task of this name; `missing` where the cluster has none. */
export function backupTaskOf(state: ClusterState, name: string): BackupTask {
  const spec = taskOf(state, checkName('task', name))?.spec;
  if (spec?.kind === 'backup') return spec;
  throw refused(
    'unknownTask',
    `cluster ${state.cluster.id} has no backup task "${name}" HINT: "cairn task list" shows what it has`,
  );
}
