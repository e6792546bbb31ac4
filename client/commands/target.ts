import type { Command } from 'commander';
import { BackupError } from '../../model/errors';
import { usualCheck } from '../../model/target-check';
import type { TargetSpec } from '../../model/task';
import type { TaskFile } from '../../model/task-file';
import { exitCodeOfCheck, exitCodes } from '../exit-codes';
import { targetOfTask } from '../target-of-task';
import { tasksOf } from './apply';
import { checkHostChoice, type HostOptions, readTaskFile, shared, wholeNumber } from './options';
import type { Desk, Runner, Session } from './session';
import { caseLine, checkLines } from './target-views';

interface CheckOptions extends HostOptions {
  readonly file?: string;
  readonly task?: string;
  readonly source?: string;
  readonly mib: number;
  readonly caseSeconds: number;
}

export function addTargetCommands(program: Command, run: Runner): void {
  const target = program.command('target').description('the places where sets are kept');
  target
    .command('check [target]')
    .description(
      'try for real, in a folder of its own, what cairn relies on there, and measure how fast it is: a target of -f, or of a task of it; exit code 1 when something failed',
    )
    .option('-f, --file <tasks.yaml>', 'the file that has the target, or a task with it; need not be applied')
    .option('--task <task>', 'the target of this task, which is applied')
    .option('--source <source>', 'of a task that has several targets')
    .option(...shared.host)
    .option(...shared.allHosts)
    .option('--mib <number>', 'MiB by which the speed is measured', wholeNumber, usualCheck.mib)
    .option('--case-seconds <number>', 'a case that takes longer has failed', wholeNumber, usualCheck.caseSeconds)
    .action(run.onlineWith(read, check));
}

/** A target as a file has it, and the cluster that it is used by. */
interface Candidate {
  readonly target: TargetSpec;
  readonly cluster?: string;
}

/** What of it stands in a file. */
async function read({ io }: Desk, name: string | undefined, options: CheckOptions): Promise<readonly Candidate[]> {
  const { file, task, source } = options;
  checkHostChoice(options);
  if ((name === undefined) === (task === undefined))
    throw new BackupError('invalid', 'it is not said which target', {
      hint: 'name one of -f, or a task with --task',
    });
  if (name === undefined) return [];
  if (file !== undefined) return inFile(await readTaskFile(io, file), file, name, source);
  if (name === 'localDir') return [{ target: { kind: name } }];
  throw new BackupError('invalid', `there is no target ${JSON.stringify(name)}`, {
    hint: 'possible is localDir; -f names a file with targets and tasks, --task a task that is applied',
  });
}

function inFile(file: TaskFile, path: string, name: string, source: string | undefined): readonly Candidate[] {
  const tasks = tasksOf(file, path);
  const { [name]: target } = Object.hasOwn(file.targets, name) ? file.targets : {};
  if (target !== undefined) {
    const users = tasks.filter((task) => task.sources.some((one) => isSame(one.target, target)));
    return (users.length > 0 ? users : tasks).map(({ cluster }) => ({ cluster, target }));
  }
  const named = tasks.filter((task) => task.name === name);
  if (named.length > 0) return named.map((task) => ({ cluster: task.cluster, target: targetOfTask(task, source) }));
  if (name === 'localDir') return tasks.map(({ cluster }) => ({ cluster, target: { kind: name } }));
  const known = ['localDir', ...Object.keys(file.targets), ...tasks.map((task) => task.name)].join(', ');
  throw new BackupError('invalid', `${path} has no target and no task ${JSON.stringify(name)}`, {
    hint: `possible are: ${known}`,
  });
}

async function check(
  { cairn, cluster: wanted, io, out }: Session,
  candidates: readonly Candidate[],
  _name: string | undefined,
  { task, source, host, allHosts, mib, caseSeconds }: CheckOptions,
): Promise<number> {
  const interrupted = new AbortController();
  const restore = io.onInterrupt(() => interrupted.abort());
  try {
    const found = await cairn.checkTarget({
      ...chosen(candidates, wanted),
      task,
      source,
      host,
      allHosts,
      mib,
      caseSeconds,
      signal: interrupted.signal,
      onHost: (next) => out.note(`from host ${next}:`),
      onCase: (result) => out.note(caseLine(result)),
    });
    out.show(found, () => checkLines(found));
    return exitCodeOfCheck(found.map((one) => one.found));
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    out.error(error);
    return exitCodes.interrupted;
  } finally {
    restore();
  }
}

/** The one that is meant: of the named cluster, else of the only one in the file. */
function chosen(candidates: readonly Candidate[], wanted: string | undefined) {
  if (candidates.length === 0) return { cluster: wanted };
  const fitting = candidates.filter(
    ({ cluster }) => wanted === undefined || cluster === undefined || cluster === wanted,
  );
  const clusters = [...new Set(candidates.flatMap(({ cluster }) => cluster ?? []))];
  const [first] = fitting;
  if (first === undefined) return { cluster: wanted, target: candidates[0]!.target };
  if (fitting.every((one) => one.cluster === first.cluster))
    return { target: first.target, cluster: wanted ?? first.cluster };
  throw new BackupError('invalid', `the file has it for ${clusters.length} clusters: ${clusters.join(', ')}`, {
    hint: 'name one with --cluster',
  });
}

function isSame(one: TargetSpec, other: TargetSpec): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
