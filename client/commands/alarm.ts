import type { Command } from 'commander';
import { labelAt } from '../../model/label';
import { labelText } from '../../model/text';
import type { AlarmView, SilentCluster } from '../alarms';
import { exitCodes } from '../exit-codes';
import { tableLines } from '../terminal/table';
import type { Runner, Session } from './session';

export function addAlarmCommands(program: Command, run: Runner): void {
  const alarm = program.command('alarm').description('what somebody must look at');
  alarm
    .command('list')
    .description('the alarms that stand, oldest first; of all clusters unless --cluster names one')
    .action(run.online(list));
}

/** What can be told is; where a cluster could not be asked, the exit code says that the list is not complete. */
async function list({ cairn, cluster, out }: Session): Promise<number> {
  const silent: SilentCluster[] = [];
  const alarms = await cairn.alarms(cluster, { onSilent: (one) => silent.push(one) });
  out.show(alarms, () => alarmLines(alarms, silent));
  silent.forEach(({ error }) => out.error(error));
  return silent.length === 0 ? exitCodes.ok : exitCodes.partly;
}

function alarmLines(alarms: readonly AlarmView[], silent: readonly SilentCluster[]): string[] {
  if (alarms.length === 0) return [silent.length === 0 ? 'no alarms' : 'no alarms of the clusters that could be asked'];
  const row = (one: AlarmView) => [`ALM-${one.id}`, one.cluster, one.task, labelText(labelAt(one.raised)), one.text];
  return tableLines(['alarm', 'cluster', 'task', 'raised', ''], alarms.map(row));
}
