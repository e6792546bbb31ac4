import type { Command } from 'commander';
import { wholeNumber } from './options';
import type { Desk, Runner } from './session';

interface DevOptions {
  readonly folder?: string;
  readonly port?: number;
  readonly uiPort?: number;
}

export function addDevCommand(program: Command, run: Runner): void {
  program
    .command('dev')
    .description('Temporal, a worker and an empty store in one process, for trying cairn out')
    .option('--folder <path>', 'where everything lies; the next start there goes on')
    .option('--port <number>', "Temporal's port; default 7233", wholeNumber)
    .option('--ui-port <number>', "the port of Temporal's web page; default 8233", wholeNumber)
    .action(run.offline(dev));
}

/** Loaded only here: people's side does without the worker's native parts. */
async function dev(_desk: Desk, options: DevOptions): Promise<void> {
  const { runDev } = await import('../../workers/dev');
  await runDev(options);
}
