import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FakeCluster } from './stage';

export interface WorkerChild {
  readonly pid: number;
  /** SIGKILL; ends when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; answers how long the stop took, in milliseconds. */
  stop(): Promise<number>;
  /** What it has written to standard error so far. */
  log(): string;
}

/** Starts a worker for a fake cluster in a process of its own; returns when it serves. */
export function spawnWorker(
  cluster: Pick<FakeCluster, 'config' | 'data'>,
  more: { script?: object; options?: object } = {},
): Promise<WorkerChild> {
  return spawnToldWorker({ config: cluster.config, data: cluster.data, ...more });
}

/** Starts a worker in a process of its own; returns when it serves. See `worker-process.ts` for what it is told. */
export async function spawnToldWorker(
  told: { config: unknown; data?: string; script?: object; options?: object; copier?: 'idle'; archived?: string },
  env: NodeJS.ProcessEnv = {},
): Promise<WorkerChild> {
  const args = ['-r', join(__dirname, 'register.js'), join(__dirname, 'worker-process.ts'), JSON.stringify(told)];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { CAIRN_LOG: 'WARN', ...process.env, ...env },
  });
  // A test that failed may leave it: it ends with the test's process at the latest.
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  child.once('exit', () => process.off('exit', abandon));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => chunk.toString().includes('READY') && resolve());
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${log}`)));
  });
  return {
    pid: child.pid!,
    log: () => log,
    kill: () => end(child, 'SIGKILL').then(() => undefined),
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  const begin = Date.now();
  if (child.exitCode !== null || child.signalCode !== null) return 0;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
  return Date.now() - begin;
}
