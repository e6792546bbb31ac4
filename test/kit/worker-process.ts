import type { Plugins } from '../../activities/plugins';
import { type WorkerConfig, workerConfigSchema } from '../../model/config';
import type { Copier } from '../../model/copier';
import { installRuntime } from '../../workers/log';
import { createPlugins } from '../../workers/plugins';
import { startWorker } from '../../workers/run-worker';
import { fakePlugins } from './fake-plugins';

/**
 * A worker in a process of its own, so that a test can kill it. Told by one JSON argument; prints READY when it serves.
 * `data`: the folder that stands for the NameNode; absent: the real sources of the configuration. `copier`: in place of
 * the real one; `idle` copies nothing, as everything is where it shall be already.
 */
interface Told {
  readonly config: unknown;
  readonly data?: string;
  readonly script?: object;
  readonly options?: object;
  readonly copier?: 'idle';
}

async function main(): Promise<void> {
  installRuntime();
  const told = JSON.parse(process.argv[2]!) as Told;
  const config = workerConfigSchema.parse(told.config);
  const worker = await startWorker(config, {
    plugins: pluginsFor(config, told),
    ...(told.options ? { options: told.options } : {}),
  });
  process.once('SIGTERM', () => void worker.stop());
  process.stdout.write('READY\n');
  await worker.ended;
}

function pluginsFor(config: WorkerConfig, { data, script = {}, copier }: Told): Plugins {
  if (data !== undefined) return fakePlugins(config, data, script);
  const plugins = createPlugins(config);
  return copier === 'idle' ? { ...plugins, copiers: () => [idleCopier] } : plugins;
}

const idleCopier: Copier = {
  accepts: () => true,
  plan: ({ trees }) => Promise.resolve({ parts: trees.length }),
  copyPart: () => Promise.resolve({}),
  clear: () => Promise.resolve(),
};

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
