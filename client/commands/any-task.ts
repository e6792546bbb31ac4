import type { Command } from 'commander';
import type { Cairn } from '..';
import type { AskOptions, Deleted } from '../tasks';
import { shared, wholeNumber } from './options';
import type { Runner, Session } from './session';
import { historyLines, notRunLines, taskListLines } from './task-views';

/** What the library does with backup tasks and with restoration tasks alike. */
export type AnyTask = Pick<Cairn['restorations'], 'list' | 'stop' | 'history'> & Pick<Cairn, 'delete'>;

interface AnyTaskGroup {
  /** How the help calls one of them. */
  readonly one: string;
  of(cairn: Cairn): AnyTask;
  show(session: Session, name: string): Promise<void>;
  readonly help: { readonly show: string; readonly stop: string; readonly delete: string };
}

/** The commands that both kinds of tasks have. */
export function addAnyTaskCommands(group: Command, run: Runner, { one, of, show, help }: AnyTaskGroup): void {
  group
    .command('list')
    .description('all of the cluster')
    .action(run.online(list(of)));
  group.command(`show <${one}>`).description(help.show).action(run.online(show));
  group
    .command(`stop <${one}>`)
    .description(help.stop)
    .option(...shared.key)
    .action(run.online(stop(of)));
  group
    .command(`history <${one}>`)
    .description('its runs, and its planned times that led to none, each newest first')
    .option('--limit <runs>', 'at most so many runs', wholeNumber, 50)
    .action(run.online(history(of)));
  group
    .command(`delete <${one}>`)
    .description(help.delete)
    .option(...shared.key)
    .action(run.online(remove(of)));
}

type Of = AnyTaskGroup['of'];

function list(of: Of) {
  return async ({ cairn, cluster, out }: Session) => {
    const tasks = await of(cairn).list(cluster);
    out.show(tasks, () => taskListLines(tasks));
  };
}

function stop(of: Of) {
  return async ({ cairn, cluster, out }: Session, name: string, { key }: AskOptions) =>
    showDone(out, await of(cairn).stop(name, { cluster, key }));
}

function history(of: Of) {
  return async ({ cairn, cluster, out }: Session, name: string, { limit }: { limit: number }) => {
    const history = await of(cairn).history(name, { cluster, limit });
    out.show(history, () => [...historyLines(history.runs), ...notRunLines(history.notRun)]);
  };
}

function remove(of: Of) {
  return async ({ cairn, cluster, out }: Session, name: string, { key }: AskOptions) =>
    showDone(out, await of(cairn).delete(name, { cluster, key }));
}

/** What a cluster did, in a line. */
export function showDone(out: Session['out'], done: Deleted): void {
  out.show(done, () => [
    `"${done.task}": ${done.did}`,
    ...(done.releasedBy === undefined
      ? []
      : [`the snapshots that it kept in the cluster are given up by the workflow ${done.releasedBy}`]),
  ]);
}
