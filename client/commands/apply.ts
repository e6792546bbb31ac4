import type { Command } from 'commander';
import { BackupError } from '../../model/errors';
import { resolveTasks, type TaskFile } from '../../model/task-file';
import type { BackupTask } from '../../model/task';
import type { Applied } from '../apply';
import { exitCodeOfError } from '../exit-codes';
import { appliedLines } from './applied-lines';
import { readTaskFile } from './options';
import type { Desk, Runner, Session } from './session';

interface Options {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
}

export function addApplyCommand(program: Command, run: Runner): void {
  program
    .command('apply')
    .description('make the backup tasks be as a file says; tasks that it does not name stay, unless --prune is given')
    .requiredOption('-f, --file <tasks.yaml>', 'the file; - is standard input')
    .option('--dry-run', 'change nothing; tell what would be done, and which fields would change')
    .option(
      '--prune',
      "then delete the other backup tasks of the file's clusters, but no default task; their sets stay",
    )
    .action(run.onlineWith(read, apply));
}

async function read({ io }: Desk, { file }: Options): Promise<BackupTask[]> {
  return tasksOf(await readTaskFile(io, file), file);
}

async function apply(
  { cairn, out }: Session,
  tasks: readonly BackupTask[],
  { dryRun, prune }: Options,
): Promise<number> {
  const show = (applied: readonly Applied[]) => out.show(applied, () => appliedLines(applied, dryRun === true));
  try {
    show(await cairn.apply(tasks, { dryRun, prune }));
    return 0;
  } catch (error) {
    const applied = error instanceof BackupError ? error.context['applied'] : undefined;
    if (applied === undefined) throw error;
    show(applied as Applied[]);
    return exitCodeOfError(error);
  }
}

/** The tasks of a file; `invalid` where it names a target that it does not have, or a task twice. */
export function tasksOf(file: TaskFile, name: string): BackupTask[] {
  const { tasks, problems } = resolveTasks(file);
  const known = Object.keys(file.targets).join(', ') || 'no target has a name';
  const lines = problems.map(
    (one) => `  ${one.path}: found ${JSON.stringify(one.name)}; allowed: a name from targets (${known})\n`,
  );
  const ids = tasks.map((task) => `${task.cluster} ${task.name}`);
  ids.forEach((id, place) => {
    if (ids.indexOf(id) !== place)
      lines.push(
        `  tasks[${place}].name: found ${JSON.stringify(tasks[place]!.name)}; allowed: each name once in a cluster\n`,
      );
  });
  if (lines.length > 0) throw new BackupError('invalid', `${name} is not right:\n${lines.join('')}`);
  return tasks;
}
