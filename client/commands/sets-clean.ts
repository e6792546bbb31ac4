import type { Command } from 'commander';
import type { TargetSpec } from '../../model/task';
import { exitCodeOfCleaning, exitCodes } from '../exit-codes';
import type { Unreachable } from '../find-sets';
import { checkHostChoice, type HostOptions, type PlaceOptions, shared, targetNamed } from './options';
import { cleanedLines } from './remains-views';
import type { Runner, Session } from './session';
import { targetWords } from './target-words';

interface CleanOptions extends PlaceOptions, HostOptions {
  readonly task?: string;
  readonly yes?: boolean;
}

export function addCleanCommand(sets: Command, run: Runner): void {
  sets
    .command('clean')
    .description('list what unfinished runs and checks left on targets; with --yes remove it. Sets stay')
    .option('--task <task>', 'only on the targets of this task')
    .option('--target <target>', `only on this target: ${targetWords.join(', ')}, or a name from the targets of -f`)
    .option(...shared.file)
    .option(...shared.host)
    .option(...shared.allHosts)
    .option('--yes', 'remove it')
    .action(
      run.onlineWith(({ io }, options: CleanOptions) => {
        checkHostChoice(options);
        return targetNamed(io, options);
      }, clean),
    );
}

async function clean(
  { cairn, cluster, out }: Session,
  target: TargetSpec | undefined,
  { task, host, allHosts, yes: remove = false }: CleanOptions,
): Promise<number> {
  const unreachable: Unreachable[] = [];
  const onUnreachable = (place: Unreachable) => unreachable.push(place);
  const cleaned = await cairn.clean({ cluster, target, task, host, allHosts, remove, onUnreachable });
  out.show(cleaned, () => cleanedLines(cleaned, remove));
  unreachable.forEach(({ error }) => out.error(error));
  if (unreachable.length > 0) return exitCodes.partly;
  return remove ? exitCodeOfCleaning(cleaned.map(({ found }) => found)) : exitCodes.ok;
}
