import type { Command } from 'commander';
import { type Modified, requireSome, type TaskChanges } from '../single-task';
import type { WrittenPeriod } from '../written-task';
import { appliedLines } from './applied-lines';
import { period, wholeNumber, wholeNumberFrom0 } from './options';
import type { Desk, Runner, Session } from './session';

interface Options extends Omit<TaskChanges, 'period' | 'targetNameService'> {
  readonly every?: WrittenPeriod;
  readonly nameServiceOfTarget?: string;
  readonly dryRun?: boolean;
}

export function addTaskModifyCommand(task: Command, run: Runner): void {
  task
    .command('modify <task>')
    .description(
      'change of a task what the product lets people change, from its next run on; for anything else delete it and create another, or apply a file',
    )
    .option('--started <time>', 'of a periodic task: its first planned time with its zone, 2026-12-01T22:00:00Z')
    .option('--every <period>', 'of a periodic task: the time between its planned times, such as 6h or 1d', period)
    .option('--copies <number>', 'sets that are kept; the oldest go first', wholeNumber)
    .option('--recovery-points <number>', 'of hdfs: snapshots that stay in the cluster', wholeNumberFrom0)
    .option('--maps <number>', 'of hdfs: maps of a copy at the most', wholeNumber)
    .option('--bandwidth <number>', 'of hdfs: MB/s that each map may take', wholeNumber)
    .option('--target-path <dir>', 'where its sets go; service data is copied whole by the next run')
    .option('--name-service-of-target <name>', 'of remoteHdfs; service data is copied whole by the next run')
    .option('--source <source>', 'whose fields are meant, where several sources of the task have them')
    .option('--dry-run', 'change nothing; show what would change')
    .action(run.onlineWith(read, modify));
}

function read(_desk: Desk, _name: string, options: Options): Promise<TaskChanges> {
  const { every, nameServiceOfTarget, dryRun: _only, ...others } = options;
  const changes = { ...others, period: every, targetNameService: nameServiceOfTarget };
  requireSome(changes);
  return Promise.resolve(changes);
}

async function modify(
  { cairn, cluster, out }: Session,
  changes: TaskChanges,
  name: string,
  { dryRun }: Options,
): Promise<void> {
  const modified = await cairn.modify(name, changes, { cluster, dryRun });
  out.show(modified, () => [...appliedLines([modified], dryRun === true), ...remarks(modified)]);
}

function remarks({ copiedWhole }: Modified): string[] {
  if (copiedWhole.length === 0) return [];
  return [
    `the next run copies all of ${copiedWhole.join(', ')} (full), because the target is another; the sets at the old one stay there`,
  ];
}
