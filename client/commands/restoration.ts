import { type Command, Option } from 'commander';
import { BackupError } from '../../model/errors';
import type { TargetSpec } from '../../model/task';
import { type Elsewhere, checkPathChoice } from '../choose-paths';
import type { RejectOptions } from '../approval';
import { addAnyTaskCommands, showDone } from './any-task';
import { follow } from './follow';
import { collect, type PlaceOptions, shared, targetNamed, wholeNumber } from './options';
import type { Desk, Runner, Session } from './session';
import type { StartOptions } from './task';
import { requestText, restorationLines } from './task-views';

interface CreateOptions extends PlaceOptions {
  readonly set?: string[];
  /** The older name of `set`. */
  readonly from?: string[];
  readonly run?: string;
  readonly backupPath?: string;
  readonly recoveryPoint?: string;
  readonly source?: string[];
  readonly path?: string[];
  readonly to?: string[];
  readonly queue?: string;
  readonly maps?: number;
  readonly bandwidth?: number;
  readonly anyVersion?: boolean;
  readonly key?: string;
}

interface RestoreOptions extends StartOptions {
  readonly yes?: boolean;
  readonly as?: string;
}

export function addRestorationCommands(program: Command, run: Runner): void {
  const restoration = program.command('restoration').description('restoration tasks');
  restoration
    .command('create <restoration>')
    .description('make one of sets that are there; nothing is replaced until it is started')
    .option('--set <set...>', 'this set, by its name as "cairn sets list" shows it; may be given several times')
    .addOption(new Option('--from <set...>').hideHelp())
    .option('--run <task@label>', 'the sets of this run; TASK@latest is the newest of which sets stand')
    .option(
      '--backup-path <path>',
      "the sets in this task's folder, as the product shows its path; or one .tar.gz in it",
    )
    .option('--recovery-point <label>', 'of the folder of --backup-path: the label of a run, or latest')
    .option('--source <source>', 'of the run or the folder only this source; may be given several times', collect)
    .option('--path <dir>', 'of service data only this directory; may be given several times', collect)
    .option('--to <dir=other>', 'this directory goes to another place; may be given several times', collect)
    .option('--queue <name>', 'the Yarn queue that copies service data')
    .option('--maps <number>', 'maps of a copy at the most', wholeNumber)
    .option('--bandwidth <number>', 'MB/s that each map may take', wholeNumber)
    .option('--any-version', 'also sets of another product version; stays in the record')
    .option(...shared.target)
    .option(...shared.file)
    .option(...shared.key)
    .action(run.onlineWith(read, create));
  replacing(restoration.command('start <restoration>').description('put its sets live'))
    .option(...shared.key)
    .action(run.online(start));
  replacing(restoration.command('retry <restoration>').description('start one again that failed or was stopped'))
    .option(...shared.key)
    .action(run.online(retry));
  replacing(
    restoration.command('approve <restoration>').description('let one run that somebody else has asked for'),
  ).action(run.online(approve));
  restoration
    .command('reject <restoration>')
    .description('do not let it run')
    .option('--reason <text>', 'for who asked')
    .option(...as)
    .action(run.online(reject));
  addAnyTaskCommands(restoration, run, {
    one: 'restoration',
    of: (cairn) => cairn.restorations,
    show: async ({ cairn, cluster, out }, name) => {
      const task = await cairn.restorations.show(name, cluster);
      out.show(task, () => restorationLines(task));
    },
    help: {
      show: 'its sets, what it replaces, its state',
      stop: 'stop it, the state before is brought back; or withdraw what awaits approval',
      delete: 'delete the task',
    },
  });
}

function replacing(command: Command): Command {
  return command
    .option('--yes', 'replace what it replaces; without it a person at a terminal is asked')
    .option(...as)
    .option(...shared.wait);
}

const as = ['--as <name>', "who you are, where a second person must approve it; default: the system's user"] as const;

/** What of the options needs no Temporal to be right. */
interface Read {
  readonly target: TargetSpec | undefined;
  readonly elsewhere: readonly Elsewhere[] | undefined;
}

async function read({ io }: Desk, _name: string, options: CreateOptions): Promise<Read> {
  const elsewhere = options.to?.map(elsewhereOf);
  checkPathChoice({ paths: options.path, elsewhere });
  return { target: await targetNamed(io, options), elsewhere };
}

/** A directory's name may hold `=`, too; what follows the right one begins with `/`. */
function elsewhereOf(text: string): Elsewhere {
  const [path, to, ...more] = text.split(/=(?=\/)/);
  if (path !== undefined && to !== undefined && more.length === 0) return { path, to };
  throw new BackupError('invalid', `${JSON.stringify(text)} does not say what goes where`, {
    hint: 'write --to /the/directory=/another/place',
  });
}

async function create(
  { cairn, cluster, out }: Session,
  { target, elsewhere }: Read,
  name: string,
  options: CreateOptions,
): Promise<void> {
  const { run, backupPath, recoveryPoint, source: sources, path: paths, queue, maps, bandwidth } = options;
  const { anyVersion, key } = options;
  const chosen = { names: namesIn(options), run, backupPath, recoveryPoint, sources, target, paths, elsewhere };
  const limits = { queue, maps, bandwidth };
  const created = await cairn.restorations.create(name, { cluster, ...chosen, limits, anyVersion, key });
  out.show(created, () => [
    `"${name}": ${created.did}`,
    'when it is started, it replaces:',
    ...created.replaces.map((line) => `  ${line}`),
  ]);
}

function namesIn({ set = [], from = [] }: CreateOptions): string[] | undefined {
  const names = [...set, ...from];
  return names.length === 0 ? undefined : names;
}

async function start(session: Session, name: string, { yes, wait, key, as }: RestoreOptions): Promise<number> {
  await agree(session, name, 'started', yes);
  const started = await session.cairn.restorations.start(name, { cluster: session.cluster, key, as });
  return await follow(session, started, 'restoration', wait === true);
}

async function retry(session: Session, name: string, { yes, wait, key, as }: RestoreOptions): Promise<number> {
  await agree(session, name, 'started', yes);
  const started = await session.cairn.restorations.retry(name, { cluster: session.cluster, key, as });
  return await follow(session, started, 'restoration', wait === true);
}

/** What is approved is the request that was there before its preview was shown, and no other. */
async function approve(session: Session, name: string, { yes, wait, as }: RestoreOptions): Promise<number> {
  const { cairn, cluster, out } = session;
  const request = await cairn.restorations.awaited(name, cluster);
  out.note(requestText(name, request));
  await agree(session, name, 'approved', yes);
  const started = await cairn.restorations.approve(name, { cluster, as, asked: request.key });
  return await follow(session, started, 'restoration', wait === true);
}

async function reject({ cairn, cluster, out }: Session, name: string, { as, reason }: RejectOptions): Promise<void> {
  showDone(out, await cairn.restorations.reject(name, { cluster, as, reason }));
}

/** Nothing is replaced that somebody has not agreed to: by `--yes`, which leaves it to the run to look, or at a terminal. */
async function agree(
  { cairn, cluster, io, out }: Session,
  name: string,
  what: 'started' | 'approved',
  yes: boolean | undefined,
): Promise<void> {
  const replaces = await cairn.restorations.replaces(name, cluster, yes !== true);
  const lines = replaces.map((line) => `  ${line}`).join('\n');
  const isAsked = yes !== true && io.isTerminal && !out.isJson;
  if (yes === true || isAsked) out.note(`"${name}" replaces:\n${lines}`);
  if (yes === true || (isAsked && /^y(es)?$/i.test((await io.ask('replace it? (yes/no) ')).trim()))) return;
  const not = `"${name}" was not ${what}`;
  throw new BackupError('invalid', isAsked ? not : `${not}; it replaces:\n${lines}\n`, {
    hint: '--yes says that this is wanted',
  });
}
