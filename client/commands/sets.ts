import type { Command } from 'commander';
import { BackupError } from '../../model/errors';
import type { Verification, VerifyLevel } from '../../model/set';
import type { TargetSpec } from '../../model/task';
import { bytesText } from '../../model/text';
import { exitCodeOfVerification, exitCodes } from '../exit-codes';
import type { Unreachable } from '../find-sets';
import { addCleanCommand } from './sets-clean';
import { collect, type PlaceOptions, shared, targetNamed } from './options';
import type { Desk, Runner, Session } from './session';
import { groupByRun, setLines, setListLines } from './set-views';

export function addSetsCommands(program: Command, run: Runner): void {
  const sets = program.command('sets').description('what backups have left');
  at(
    sets
      .command('list')
      .description("the sets of the cluster's tasks, by run; with --target all that lie there")
      .option('--task <task>', 'only of this task'),
  ).action(run.onlineWith(({ io }, options: ListOptions) => targetNamed(io, options), list));
  at(sets.command('show <set>').description('what is known of a set')).action(
    run.onlineWith(({ io }, _name: string, options: PlaceOptions) => targetNamed(io, options), show),
  );
  at(
    sets
      .command('verify [sets...]')
      .description('look whether sets can be relied on; exit code 13 when not')
      .option('--run <label>', 'all sets of this run: LABEL or TASK@LABEL; latest for the newest')
      .option('--task <task>', 'all sets of this task')
      .option('--source <source>', 'only of this source; may be given several times', collect)
      .option(
        '--level <level>',
        'content: every byte is read and hashed; structure: all there, right size',
        level,
        'content',
      ),
  ).action(run.onlineWith(placeToVerify, verify));
  addCleanCommand(sets, run);
}

function at(command: Command): Command {
  return command.option(...shared.target).option(...shared.file);
}

function level(text: string): VerifyLevel {
  if (text === 'structure' || text === 'content') return text;
  throw new BackupError('invalid', `there is no level ${JSON.stringify(text)}`, {
    hint: 'possible are: structure, content',
  });
}

interface ListOptions extends PlaceOptions {
  readonly task?: string;
}

type Target = TargetSpec | undefined;

/** What can be listed is; where something could not, the exit code says that the list is not complete. */
async function list({ cairn, cluster, out }: Session, target: Target, { task }: ListOptions): Promise<number> {
  const unreachable: Unreachable[] = [];
  const onUnreachable = (place: Unreachable) => unreachable.push(place);
  const runs = groupByRun(await cairn.sets({ cluster, task, target, onUnreachable }));
  out.show(runs, () => setListLines(runs, target !== undefined));
  unreachable.forEach(({ error }) => out.error(error));
  return unreachable.length === 0 ? exitCodes.ok : exitCodes.partly;
}

async function show(
  { cairn, cluster, out }: Session,
  target: Target,
  name: string,
  _options: PlaceOptions,
): Promise<void> {
  const [set] = await cairn.sets({ cluster, target, names: [name] });
  out.show(set, () => setLines(set!));
}

interface VerifyOptions extends PlaceOptions {
  readonly run?: string;
  readonly task?: string;
  readonly source?: string[];
  readonly level: VerifyLevel;
}

async function placeToVerify({ io }: Desk, names: string[], options: VerifyOptions): Promise<Target> {
  if (names.length > 0 === (options.run !== undefined || options.task !== undefined))
    throw new BackupError('invalid', 'it is not said which sets', {
      hint: 'name them, or a run with --run, or a task with --task',
    });
  return await targetNamed(io, options);
}

async function verify(
  { cairn, cluster, out }: Session,
  target: Target,
  names: string[],
  { run, task, source: sources, level }: VerifyOptions,
): Promise<number> {
  const choice = names.length > 0 ? { names } : { run, task, sources };
  const onVerified = (found: Verification) => out.note(verifiedText(found));
  const found = await cairn.verify({ cluster, target, level, onVerified, ...choice });
  const broken = found.filter(({ problems }) => problems.length > 0).length;
  out.show(found, () => [`${found.length} verified, ${broken} with problems`]);
  return exitCodeOfVerification(found);
}

function verifiedText({ name, level, bytesRead, problems }: Verification): string {
  if (problems.length === 0) return `${name}: sound (${level}, ${bytesText(bytesRead)} read)`;
  return [
    `${name}: ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`,
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}
