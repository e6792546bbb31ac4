import type { Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { tableLines } from '../terminal/table';
import type { Runner, Session } from './session';

export function addNotificationCommands(program: Command, run: Runner): void {
  const notification = program.command('notification').description('who is told what happens');
  notification
    .command('test [channel]')
    .description('send a test through one channel, or through all; exit code 1 when one could not deliver it')
    .action(run.online(test));
}

async function test({ cairn, cluster, out }: Session, channel: string | undefined): Promise<number> {
  const found = await cairn.testNotifications({ cluster, channel });
  out.show(found, () =>
    tableLines(
      ['channel', '', 'answer'],
      found.map((one) => [one.channel, one.delivered ? 'delivered' : 'not delivered', one.answer]),
    ),
  );
  return found.every(({ delivered }) => delivered) ? exitCodes.ok : exitCodes.failed;
}
