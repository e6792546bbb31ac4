import type { Command } from 'commander';
import type { Desk, Runner } from './session';

export function addWorkerCommand(program: Command, run: Runner): void {
  program
    .command('worker')
    .description('serve the clusters of a configuration until the process is told to stop')
    .requiredOption('--config <cairn.yaml>', "the worker's configuration")
    .action(run.offline(work));
}

/** Loaded only here: people's side does without the worker's native parts. */
async function work(_desk: Desk, { config }: { config: string }): Promise<void> {
  const { runWorker } = await import('../../workers/run-worker');
  await runWorker(config);
}
