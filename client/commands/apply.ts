import type { Command } from 'commander';
import { BackupError } from '../../model/errors';
import { resolveTasks, type TaskFile } from '../../model/task-file';
import type { BackupTask } from '../../model/task';
import type { Applied } from '../apply';
import { exitCodeOfError } from '../exit-codes';
import { tableLines } from '../terminal/table';
import { readTaskFile } from './options';
import type { Desk, Runner, Session } from './session';

export function addApplyCommand(program: Command, run: Runner): void {
  program
    .command('apply')
    .description('make the backup tasks be as a file says; tasks that it does not name stay')
    .requiredOption('-f, --file <tasks.yaml>', 'the file; - is standard input')
    .action(run.onlineWith(read, apply));
}

async function read({ io }: Desk, { file }: { file: string }): Promise<BackupTask[]> {
  return tasksOf(await readTaskFile(io, file), file);
}

async function apply({ cairn, out }: Session, tasks: readonly BackupTask[]): Promise<number> {
  try {
    show(out, await cairn.apply(tasks));
    return 0;
  } catch (error) {
    const applied = error instanceof BackupError ? error.context['applied'] : undefined;
    if (applied === undefined) throw error;
    show(out, applied as Applied[]);
    return exitCodeOfError(error);
  }
}

function tasksOf(file: TaskFile, name: string): BackupTask[] {
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

function show(out: Session['out'], applied: readonly Applied[]): void {
  out.show(applied, () =>
    tableLines(
      ['cluster', 'task', ''],
      applied.map(({ cluster, task, did, message }) => [
        cluster,
        task,
        message === undefined ? did : `${did}: ${message}`,
      ]),
    ),
  );
}
