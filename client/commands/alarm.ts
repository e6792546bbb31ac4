import type { Command } from 'commander';
import { labelAt } from '../../model/label';
import { labelText } from '../../model/text';
import type { AlarmView } from '../alarms';
import { tableLines } from '../terminal/table';
import type { Runner, Session } from './session';

export function addAlarmCommands(program: Command, run: Runner): void {
  const alarm = program.command('alarm').description('what somebody must look at');
  alarm.command('list').description('the alarms that stand, oldest first').action(run.online(list));
}

async function list({ cairn, cluster, out }: Session): Promise<void> {
  const alarms = await cairn.alarms(cluster);
  const row = (one: AlarmView) => [`ALM-${one.id}`, one.cluster, one.task, labelText(labelAt(one.raised)), one.text];
  out.show(alarms, () =>
    alarms.length === 0 ? ['no alarms'] : tableLines(['alarm', 'cluster', 'task', 'raised', ''], alarms.map(row)),
  );
}
