import { type Command, InvalidArgumentError } from 'commander';
import { previewDays } from '../preview';
import { previewLines } from './preview-views';
import type { Runner, Session } from './session';

export function addScheduleCommands(program: Command, run: Runner): void {
  const schedule = program.command('schedule').description('what periodic tasks will do');
  schedule
    .command('preview')
    .description('the runs to come, by the rules of the cluster and the lengths of past runs')
    .option('--days <n>', `so many whole days after today, 1 to ${previewDays.most}`, daysAhead, previewDays.usual)
    .action(run.online(show));
}

function daysAhead(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= previewDays.most) return Number(text);
  throw new InvalidArgumentError(`a whole number from 1 to ${previewDays.most} is allowed`);
}

async function show({ cairn, cluster, out }: Session, { days }: { readonly days: number }): Promise<void> {
  const preview = await cairn.preview({ cluster, days });
  out.show(preview, () => previewLines(preview));
}
