import type { Command } from 'commander';
import type { ClusterCheck } from '../check';
import { exitCodes } from '../exit-codes';
import { shared } from './options';
import { BackupError } from '../../model/errors';
import { factLines, tableLines } from '../terminal/table';
import type { ClusterView } from '../cluster-list';
import type { AskOptions } from '../tasks';
import type { Runner, Session } from './session';

export function addClusterCommands(program: Command, run: Runner): void {
  const cluster = program.command('cluster').description('the clusters that workers serve');
  cluster.command('list').description('all of the namespace').action(run.online(list));
  cluster
    .command('check [cluster]')
    .description('look whether it can do its work; exit code 1 when not')
    .action(run.online(check));
  cluster
    .command('rescue <cluster>')
    .description('start its workflow again where somebody ended it')
    .action(run.online(rescue));
  cluster
    .command('remove <cluster>')
    .description('give it up with its tasks, schedules and alarms; its sets stay')
    .option('--yes', 'that this is wanted')
    .option(...shared.key)
    .action(run.online(remove));
}

async function list({ cairn, out }: Session): Promise<void> {
  const clusters = await cairn.clusters();
  const row = (one: ClusterView) => [
    one.id,
    one.version,
    one.hosts.join(', '),
    one.tasks,
    one.runs,
    one.waiting,
    stateOf(one),
  ];
  out.show(clusters, () =>
    clusters.length === 0
      ? ['no clusters HINT: a worker brings its clusters']
      : tableLines(['cluster', 'version', 'hosts', 'tasks', 'running', 'waiting', ''], clusters.map(row)),
  );
}

function stateOf({ id, running, alarms, behind = [], awaitingApproval, pausedBy }: ClusterView): string {
  if (!running) return `its workflow was ended: "cairn cluster rescue ${id}" starts it again`;
  const paused = pausedBy === undefined ? [] : [`paused by ${pausedBy}`];
  const awaiting = awaitingApproval.map((name) => `restoration ${name} awaits approval`);
  const lags = behind.map((text) => `LocalBackup of ${text}`);
  return [...paused, ...alarms, ...lags, ...awaiting].join(', ');
}

async function check({ cairn, out, cluster }: Session, id: string | undefined): Promise<number> {
  const found = await cairn.check(id ?? cluster);
  out.show(found, () => checkLines(found));
  return found.problems.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function checkLines({ cluster, workflow, served, retentionDays, problems, warnings }: ClusterCheck): string[] {
  const facts = {
    cluster,
    workflow: workflow.toLowerCase(),
    served:
      served
        .filter((one) => one.served)
        .map((one) => one.queue)
        .join(', ') || 'nothing',
    retention: `${retentionDays} days`,
  };
  const findings = [...problems.map((text) => `problem: ${text}`), ...warnings.map((text) => `warning: ${text}`)];
  return [...factLines(facts), ...(findings.length === 0 ? ['all is well'] : findings)];
}

async function rescue({ cairn, out }: Session, id: string): Promise<number> {
  const did = await cairn.rescue(id);
  const words = {
    running: 'runs already',
    rescued: 'was started again with all its tasks',
    started: 'was started',
    unknown: 'is not known',
  };
  out.show({ cluster: id, did }, () => [`cluster ${id} ${words[did]}`]);
  return did === 'unknown' ? exitCodes.notFound : exitCodes.ok;
}

interface RemoveOptions extends Pick<AskOptions, 'key'> {
  readonly yes?: boolean;
}

async function remove({ cairn, out }: Session, id: string, { yes, key }: RemoveOptions): Promise<void> {
  if (yes !== true) {
    const tasks = [...(await cairn.tasks(id)), ...(await cairn.restorations.list(id))].map(({ name }) => name);
    const what = `cluster ${id} was not removed; with it go ${tasks.length} tasks: ${tasks.join(', ') || 'none'}`;
    throw new BackupError('invalid', what, { hint: '--yes says that this is wanted; sets stay where they are' });
  }
  const removed = await cairn.remove(id, { key });
  out.show(removed, () => [
    `cluster ${id}: ${removed.did}; ${removed.tasks.length} tasks are gone`,
    ...removed.releasedBy.map((workflow) => `snapshots that they kept in the cluster are given up by ${workflow}`),
    `workers whose cairn.yaml still names it bring it again, without tasks, when they start`,
  ]);
}
