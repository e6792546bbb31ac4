import type { Command } from 'commander';
import type { AskOptions, LockOptions } from '../tasks';
import { addAnyTaskCommands, showDone } from './any-task';
import { follow } from './follow';
import { shared } from './options';
import type { Runner, Session } from './session';
import { addTaskCreateCommand } from './task-create';
import { addTaskModifyCommand } from './task-modify';
import { taskLines } from './task-views';

export interface StartOptions {
  readonly wait?: boolean;
  readonly key?: string;
}

export function addTaskCommands(program: Command, run: Runner): void {
  const task = program.command('task').description('backup tasks');
  addTaskCreateCommand(task, run);
  addTaskModifyCommand(task, run);
  task
    .command('start <task>')
    .description('ask for a run')
    .option(...shared.wait)
    .option(...shared.key)
    .action(run.online(start));
  task
    .command('lock <task>')
    .description('never start it by itself until it is unlocked; its run is stopped')
    .option('--reason <text>', 'for whoever wonders later')
    .option(...shared.key)
    .action(run.online(lock));
  task
    .command('unlock <task>')
    .description('start it by itself again, at its next planned time')
    .option(...shared.key)
    .action(run.online(unlock));
  addAnyTaskCommands(task, run, {
    one: 'task',
    of: (cairn) => ({ ...cairn, list: cairn.tasks }),
    show: async ({ cairn, cluster, out }, name) => {
      const task = await cairn.task(name, cluster);
      out.show(task, () => taskLines(task));
    },
    help: {
      show: 'what it does, its state and its latest runs',
      stop: 'stop its run, or take it out of the queue',
      delete: 'delete it; its sets stay, its snapshots in the cluster go',
    },
  });
}

async function start(session: Session, name: string, { wait, key }: StartOptions): Promise<number> {
  const started = await session.cairn.start(name, { cluster: session.cluster, key });
  return await follow(session, started, 'task', wait === true);
}

async function lock({ cairn, cluster, out }: Session, name: string, { key, reason }: LockOptions): Promise<void> {
  showDone(out, await cairn.lock(name, { cluster, key, reason }));
}

async function unlock({ cairn, cluster, out }: Session, name: string, { key }: AskOptions): Promise<void> {
  showDone(out, await cairn.unlock(name, { cluster, key }));
}
