import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** The worker as users run it: `cairn worker` from the build, in a process of its own. */
export async function spawnBuiltWorker(
  config: object,
  folder: string,
  secrets: NodeJS.ProcessEnv = {},
): Promise<{ pid: number; stop(): Promise<void> }> {
  const file = join(folder, 'cairn.yaml');
  await writeFile(file, stringify(config));
  const bin = join(__dirname, '..', 'client', 'cairn.js');
  const child = spawn(bin, ['worker', '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...secrets, CAIRN_LOG: 'INFO' },
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  while (!/serves|serving/.test(log)) {
    if (child.exitCode !== null) throw new Error(`the worker ended: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    pid: child.pid!,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}
