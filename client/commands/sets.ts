import type { Command } from 'commander';
import { BackupError } from '../../model/errors';
import type { Verification, VerifyLevel } from '../../model/set';
import { bytesText } from '../../model/text';
import { selectSets } from '../choose-sets';
import { exitCodeOfVerification } from '../exit-codes';
import { collect, shared, targetNamed } from './options';
import type { Runner, Session } from './session';
import { groupByRun, setLines, setListLines } from './set-views';

interface PlaceOptions {
  readonly target?: string;
  readonly file?: string;
}

export function addSetsCommands(program: Command, run: Runner): void {
  const sets = program.command('sets').description('what backups have left');
  at(
    sets
      .command('list')
      .description("the sets of the cluster's tasks, by run; with --target all that lie there")
      .option('--task <task>', 'only of this task'),
  ).action(run.online(list));
  at(sets.command('show <set>').description('what is known of a set')).action(run.online(show));
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
  ).action(run.online(verify));
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

async function list({ cairn, cluster, out, io }: Session, options: PlaceOptions & { task?: string }): Promise<void> {
  const target = await targetNamed(io, options.target, options.file);
  const runs = groupByRun(await cairn.sets({ cluster, task: options.task, target }));
  out.show(runs, () => setListLines(runs, target !== undefined));
}

async function show({ cairn, cluster, out, io }: Session, name: string, options: PlaceOptions): Promise<void> {
  const target = await targetNamed(io, options.target, options.file);
  const [set] = selectSets(await cairn.sets({ cluster, target }), { names: [name] });
  out.show(set, () => setLines(set!));
}

interface VerifyOptions extends PlaceOptions {
  readonly run?: string;
  readonly task?: string;
  readonly source?: string[];
  readonly level: VerifyLevel;
}

async function verify({ cairn, cluster, out, io }: Session, names: string[], options: VerifyOptions): Promise<number> {
  const { run, task, source: sources, level } = options;
  if (names.length > 0 === (run !== undefined || task !== undefined))
    throw new BackupError('invalid', 'it is not said which sets', {
      hint: 'name them, or a run with --run, or a task with --task',
    });
  const target = await targetNamed(io, options.target, options.file);
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
