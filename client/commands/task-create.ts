import { type Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import type { Policy } from '../../model/policy';
import type { NewTask } from '../single-task';
import type { Io } from '../terminal/io';
import { asWritten, fromWritten, type WrittenPeriod } from '../written-task';
import { showDone } from './any-task';
import { collect, period, shared, targetNamed, wholeNumber, wholeNumberFrom0 } from './options';
import type { Desk, Runner, Session } from './session';
import { fieldsInWord, refuseMereKind, targetWords } from './target-words';

interface Options {
  readonly source: string;
  readonly to: string;
  readonly file?: string;
  readonly path?: string[];
  readonly row?: WrittenRow[];
  readonly nameService?: string;
  readonly copies?: number;
  readonly policy?: Policy;
  readonly recoveryPoints?: number;
  readonly queue?: string;
  readonly maps?: number;
  readonly bandwidth?: number;
  readonly started?: string;
  readonly every?: WrittenPeriod;
  readonly dryRun?: boolean;
  readonly key?: string;
}

export function addTaskCreateCommand(task: Command, run: Runner): void {
  task
    .command('create <task>')
    .description('make a task with one source, without a file; one with several sources is written in tasks.yaml')
    .requiredOption('--source <source>', 'what is backed up: oms, nameNode or hdfs', once)
    .requiredOption(
      '--to <target>',
      `where its sets go: ${targetWords.join(', ')}, or a name from the targets of -f`,
      once,
    )
    .option('-f, --file <tasks.yaml>', 'the file whose targets --to names')
    .option('--path <dir>', 'of hdfs: a directory that is backed up; may be given several times', collect)
    .option(
      '--row <dir:expression>',
      'of hdfs: directories in <dir> whose whole names match; may be given several times',
      collectRows,
    )
    .option('--name-service <name>', 'the NameService that the source lies in')
    .option('--copies <number>', 'sets that are kept; the oldest go first', wholeNumber)
    .option('--policy <policy>', 'of hdfs: full, incremental, or fullEvery:N: what DistCp looks at', policy)
    .option('--recovery-points <number>', 'of hdfs: snapshots that stay in the cluster', wholeNumberFrom0)
    .option('--queue <name>', 'of hdfs: the Yarn queue that copies')
    .option('--maps <number>', 'of hdfs: maps of a copy at the most', wholeNumber)
    .option('--bandwidth <number>', 'of hdfs: MB/s that each map may take', wholeNumber)
    .option('--started <time>', 'makes it periodic: its first planned time with its zone, 2026-12-01T22:00:00Z')
    .option('--every <period>', 'makes it periodic: the time between its planned times, such as 6h or 1d', period)
    .option('--dry-run', 'make nothing; print it as it would stand in tasks.yaml')
    .option(...shared.key)
    .action(run.onlineWith(read, create));
}

function once(value: string, before?: string): string {
  if (before === undefined) return value;
  throw new InvalidArgumentError('it is allowed once; a task with several sources is written in tasks.yaml');
}

/** By the schema of tasks.yaml, so that what is allowed there is allowed here. Which cluster is meant is known later. */
async function read({ io }: Desk, name: string, options: Options): Promise<NewTask> {
  const { started, every } = options;
  const when = { started, period: every, mode: started === undefined && every === undefined ? 'manual' : 'periodic' };
  const task = { name, cluster: 'any', ...defined(when), sources: [sourceOf(options)] };
  return fromWritten(task, { to: await targetOf(io, options) });
}

function sourceOf({ source, path, row, nameService, copies, ...ofSource }: Options): object {
  const { policy, recoveryPoints, queue, maps, bandwidth } = ofSource;
  const where = source === 'nameNode' ? { nameServices: nameService && [nameService] } : { nameService };
  return defined({
    source,
    ...where,
    paths: path,
    rows: row,
    policy,
    recoveryPoints,
    queue,
    maps,
    bandwidth,
    target: 'to',
    copies,
  });
}

interface WrittenRow {
  readonly under: string;
  readonly matching: string;
}

/** The schema says what is wrong with a word that is no policy. */
function policy(value: string): Policy {
  const every = /^fullEvery:(\d+)$/.exec(value)?.[1];
  return every === undefined ? (value as Policy) : { fullEvery: Number(every) };
}

/** A path of HDFS holds no colon. */
function collectRows(value: string, before: WrittenRow[] = []): WrittenRow[] {
  const [under, ...matching] = value.split(':');
  if (matching.length === 0) throw new InvalidArgumentError('it is DIRECTORY:EXPRESSION, such as /user:hive.*');
  return [...before, { under: under!, matching: matching.join(':') }];
}

async function targetOf(io: Io, { to, file }: Options): Promise<object | undefined> {
  if (file === undefined) refuseMereKind(to, '--to');
  return fieldsInWord(to, '--to') ?? (await targetNamed(io, { target: to, ...(file !== undefined && { file }) }));
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function create(
  { cairn, cluster, out }: Session,
  task: NewTask,
  _name: string,
  { dryRun, key }: Options,
): Promise<void> {
  const { spec, ...done } = await cairn.create(task, { cluster, key, dryRun });
  if (dryRun !== true) return showDone(out, done);
  const file = { tasks: [asWritten(spec)] };
  out.show(file, () => [stringify(file, { lineWidth: 0 }).trimEnd()]);
}
