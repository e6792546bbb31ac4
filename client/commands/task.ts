import type { Command } from 'commander';
import type { Done } from '../tasks';
import { follow } from './follow';
import { shared, wholeNumber } from './options';
import type { Runner, Session } from './session';
import { historyLines, taskLines, taskListLines } from './task-views';

export interface StartOptions {
  readonly wait?: boolean;
  readonly key?: string;
}

export function addTaskCommands(program: Command, run: Runner): void {
  const task = program.command('task').description('backup tasks');
  task.command('list').description('all of the cluster').action(run.online(list));
  task.command('show <task>').description('what it does, its state and its latest runs').action(run.online(show));
  task
    .command('start <task>')
    .description('ask for a run')
    .option(...shared.wait)
    .option(...shared.key)
    .action(run.online(start));
  task
    .command('stop <task>')
    .description('stop its run, or take it out of the queue')
    .option(...shared.key)
    .action(run.online(stop));
  task
    .command('history <task>')
    .description('its runs, newest first')
    .option('--limit <runs>', 'at most so many', wholeNumber, 50)
    .action(run.online(history));
  task
    .command('delete <task>')
    .description('delete it; its sets stay')
    .option(...shared.key)
    .action(run.online(remove));
}

async function list({ cairn, cluster, out }: Session): Promise<void> {
  const tasks = await cairn.tasks(cluster);
  out.show(tasks, () => taskListLines(tasks));
}

async function show({ cairn, cluster, out }: Session, name: string): Promise<void> {
  const task = await cairn.task(name, cluster);
  out.show(task, () => taskLines(task));
}

async function start(session: Session, name: string, { wait, key }: StartOptions): Promise<number> {
  const started = await session.cairn.start(name, { cluster: session.cluster, key });
  return await follow(session, started, 'task', wait === true);
}

async function stop({ cairn, cluster, out }: Session, name: string, { key }: StartOptions): Promise<void> {
  showDone(out, await cairn.stop(name, { cluster, key }));
}

async function history({ cairn, cluster, out }: Session, name: string, { limit }: { limit: number }): Promise<void> {
  const runs = await cairn.history(name, { cluster, limit });
  out.show(runs, () => historyLines(runs));
}

async function remove({ cairn, cluster, out }: Session, name: string, { key }: StartOptions): Promise<void> {
  showDone(out, await cairn.delete(name, { cluster, key }));
}

export function showDone(out: Session['out'], done: Done): void {
  out.show(done, () => [`"${done.task}": ${done.did}`]);
}
