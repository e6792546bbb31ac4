import type { Command } from 'commander';
import { BackupError } from '../../model/errors';
import { addAnyTaskCommands } from './any-task';
import { follow } from './follow';
import { collect, shared, targetNamed } from './options';
import type { Runner, Session } from './session';
import type { StartOptions } from './task';

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
  addAnyTaskCommands(restoration, run, {
    one: 'restoration',
    of: (cairn) => cairn.restorations,
    help: {
      show: 'its sets, what it replaces, its state',
      stop: 'stop it; the state before is brought back',
      delete: 'delete the task',
    },
  });
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
