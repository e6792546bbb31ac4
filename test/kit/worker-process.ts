import type { Plugins } from '../../activities/plugins';
import { type WorkerConfig, workerConfigSchema } from '../../model/config';
import type { Copier } from '../../model/copier';
import type { BackupTarget } from '../../model/target';
import { installRuntime } from '../../workers/log';
import { createPlugins } from '../../workers/plugins';
import { startWorker } from '../../workers/run-worker';
import { folderPart, openFolderSource } from '../fakes/folder-source';
import { fakePlugins } from './fake-plugins';

/**
 * A worker in a process of its own, so that a test can kill it. Told by one JSON argument; prints READY when it serves.
 * `data`: the folder that stands for the NameNode; absent: the real sources of the configuration. `copier`: in place of
 * the real one; `idle` copies nothing, as everything is where it shall be already. `archived`: a folder that stands for
 * the NameNode while the targets are real ones; from where a put asks for its body is told on standard error.
 */
interface Told {
  readonly config: unknown;
  readonly data?: string;
  readonly script?: object;
  readonly options?: object;
  readonly copier?: 'idle';
  readonly archived?: string;
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

function pluginsFor(config: WorkerConfig, { data, script = {}, copier, archived }: Told): Plugins {
  if (data !== undefined) return fakePlugins(config, data, script);
  const plugins = createPlugins(config);
  if (archived !== undefined) return { ...tellingPuts(plugins), ...folderSource(archived) };
  return copier === 'idle' ? { ...plugins, copiers: () => [idleCopier] } : plugins;
}

function folderSource(folder: string): Pick<Plugins, 'openSource'> {
  return { openSource: () => ({ source: openFolderSource(folder), parts: () => [folderPart()] }) };
}

function tellingPuts(plugins: Plugins): Plugins {
  const telling = (target: BackupTarget): BackupTarget => ({
    ...target,
    put(name, body, control) {
      const open = (from: number) => (console.error(`${name} FROM ${from}`), body.open(from));
      return target.put(name, { ...body, open }, control);
    },
  });
  const openTarget: Plugins['openTarget'] = (cluster, spec) => {
    const opened = plugins.openTarget(cluster, spec);
    return { ...opened, target: telling(opened.target) };
  };
  return { ...plugins, openTarget };
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
