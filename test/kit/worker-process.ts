import { workerConfigSchema } from '../../model/config';
import { installRuntime } from '../../workers/log';
import { startWorker } from '../../workers/run-worker';
import { fakePlugins } from './fake-plugins';

/**
 * A worker in a process of its own, so that a test can kill it. Told by one JSON argument; prints READY when it serves.
 * `data`: the folder that stands for the NameNode; absent: the real sources of the configuration.
 */
interface Told {
  readonly config: unknown;
  readonly data?: string;
  readonly script?: object;
  readonly options?: object;
}

async function main(): Promise<void> {
  installRuntime();
  const told = JSON.parse(process.argv[2]!) as Told;
  const config = workerConfigSchema.parse(told.config);
  const plugins = told.data === undefined ? {} : { plugins: fakePlugins(config, told.data, told.script ?? {}) };
  const worker = await startWorker(config, { ...plugins, ...(told.options ? { options: told.options } : {}) });
  process.once('SIGTERM', () => void worker.stop());
  process.stdout.write('READY\n');
  await worker.ended;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
