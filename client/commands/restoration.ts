import type { Command } from 'commander';
import { BackupError } from '../../model/errors';
import { follow } from './follow';
import { collect, shared, targetNamed, wholeNumber } from './options';
import type { Runner, Session } from './session';
import { showDone, type StartOptions } from './task';
import { historyLines, taskLines, taskListLines } from './task-views';

interface CreateOptions {
  readonly from?: string[];
  readonly run?: string;
  readonly source?: string[];
  readonly target?: string;
  readonly file?: string;
  readonly anyVersion?: boolean;
  readonly key?: string;
}

interface RestoreOptions extends StartOptions {
  readonly yes?: boolean;
}

export function addRestorationCommands(program: Command, run: Runner): void {
  const restoration = program.command('restoration').description('restoration tasks');
  restoration
    .command('create <restoration>')
    .description('make one of sets that are there; nothing is replaced until it is started')
    .option('--from <sets...>', 'these sets, by their names')
    .option('--run <task@label>', 'the sets of this run; TASK@latest is the newest of which sets stand')
    .option('--source <source>', 'of the run only this source; may be given several times', collect)
    .option('--any-version', 'also sets of another product version; stays in the record')
    .option(...shared.target)
    .option(...shared.file)
    .option(...shared.key)
    .action(run.online(create));
  startable(restoration.command('start <restoration>').description('put its sets live')).action(run.online(start));
  startable(
    restoration.command('retry <restoration>').description('start one again that failed or was stopped'),
  ).action(run.online(retry));
  restoration
    .command('stop <restoration>')
    .description('stop it; the state before is brought back')
    .option(...shared.key)
    .action(run.online(stop));
  restoration.command('list').description('all of the cluster').action(run.online(list));
  restoration
    .command('show <restoration>')
    .description('its sets, what it replaces, its state')
    .action(run.online(show));
  restoration
    .command('history <restoration>')
    .description('its runs, newest first')
    .option('--limit <runs>', 'at most so many', wholeNumber, 50)
    .action(run.online(history));
  restoration
    .command('delete <restoration>')
    .description('delete the task')
    .option(...shared.key)
    .action(run.online(remove));
}

function startable(command: Command): Command {
  return command
    .option('--yes', 'replace what it replaces; without it a person at a terminal is asked')
    .option(...shared.wait)
    .option(...shared.key);
}

async function create({ cairn, cluster, out, io }: Session, name: string, options: CreateOptions): Promise<void> {
  const { from: names, run, source: sources, anyVersion, key } = options;
  const target = await targetNamed(io, options.target, options.file);
  const created = await cairn.restorations.create(name, { cluster, names, run, sources, target, anyVersion, key });
  out.show(created, () => [
    `"${name}": ${created.did}`,
    'when it is started, it replaces:',
    ...created.replaces.map((line) => `  ${line}`),
  ]);
}

async function start(session: Session, name: string, options: RestoreOptions): Promise<number> {
  await agree(session, name, options);
  const started = await session.cairn.restorations.start(name, { cluster: session.cluster, key: options.key });
  return await follow(session, started, 'restoration', options.wait === true);
}

async function retry(session: Session, name: string, options: RestoreOptions): Promise<number> {
  await agree(session, name, options);
  const started = await session.cairn.restorations.retry(name, { cluster: session.cluster, key: options.key });
  return await follow(session, started, 'restoration', options.wait === true);
}

/** Nothing is replaced that somebody has not agreed to: by `--yes`, or at a terminal. */
async function agree({ cairn, cluster, io, out }: Session, name: string, { yes }: RestoreOptions): Promise<void> {
  const lines = (await cairn.restorations.replaces(name, cluster)).map((line) => `  ${line}`).join('\n');
  const isAsked = yes !== true && io.isTerminal && !out.isJson;
  if (yes === true || isAsked) out.note(`"${name}" replaces:\n${lines}`);
  if (yes === true || (isAsked && /^y(es)?$/i.test((await io.ask('replace it? (yes/no) ')).trim()))) return;
  const what = isAsked ? `"${name}" was not started` : `"${name}" was not started; it replaces:\n${lines}\n`;
  throw new BackupError('invalid', what, { hint: '--yes says that this is wanted' });
}

async function stop({ cairn, cluster, out }: Session, name: string, { key }: StartOptions): Promise<void> {
  showDone(out, await cairn.restorations.stop(name, { cluster, key }));
}

async function list({ cairn, cluster, out }: Session): Promise<void> {
  const tasks = await cairn.restorations.list(cluster);
  out.show(tasks, () => taskListLines(tasks));
}

async function show({ cairn, cluster, out }: Session, name: string): Promise<void> {
  const task = await cairn.restorations.show(name, cluster);
  out.show(task, () => taskLines(task));
}

async function history({ cairn, cluster, out }: Session, name: string, { limit }: { limit: number }): Promise<void> {
  const runs = await cairn.restorations.history(name, { cluster, limit });
  out.show(runs, () => historyLines(runs));
}

async function remove({ cairn, cluster, out }: Session, name: string, { key }: StartOptions): Promise<void> {
  showDone(out, await cairn.restorations.delete(name, { cluster, key }));
}
