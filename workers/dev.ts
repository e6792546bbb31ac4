/* eslint-disable @typescript-eslint/no-restricted-imports -- embedded/ is for trying cairn out: of all that a worker runs, only this brings servers of its own. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, requireFreePorts } from '../embedded/free-port';
import { birthOf, isAlive, pidFileText } from '../embedded/process-id';
import { type EmbeddedTemporal, startTemporal } from '../embedded/temporal';
import type { WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import { loadWorkerConfig } from './config';
import { firstConfig, whatNext } from './dev-texts';
import { installRuntime } from './log';
import { startWorker } from './run-worker';

export interface DevOptions {
  /** Where everything lies; `$CAIRN_DEV`, or `~/.cache/cairn/dev`, unless told. */
  readonly folder?: string;
  /** Of Temporal; 7233, where `cairn` looks for it, unless told or taken. One that was told and is taken is refused. */
  readonly port?: number;
  /** Of Temporal's web page; 8233 unless told or taken. */
  readonly uiPort?: number;
}

export interface RunningDev {
  readonly folder: string;
  readonly temporal: EmbeddedTemporal;
  readonly config: WorkerConfig;
  /** Ends when the worker has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends worker and server. What they know stays in the folder. May be called twice. */
  stop(): Promise<void>;
}

/** `cairn dev`: Temporal, a worker and an empty store in one process, until Ctrl-C. The next start in the same folder goes on. */
export async function runDev(options: DevOptions = {}): Promise<void> {
  const dev = await startDev(options);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void dev.stop());
  process.stdout.write(whatNext(dev));
  await dev.ended.finally(() => dev.stop());
}

/** Starts it and returns when it serves. `conflict` when one runs in this folder already. */
export async function startDev(options: DevOptions = {}): Promise<RunningDev> {
  installRuntime();
  const folder = resolve(options.folder ?? (process.env['CAIRN_DEV'] || join(homedir(), '.cache', 'cairn', 'dev')));
  const release = await claim(folder);
  const temporal = await startTemporal({
    folder,
    port: await portFor(options.port, 7233),
    uiPort: await portFor(options.uiPort, 8233),
    report: (line) => process.stderr.write(`${line}\n`),
  }).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const end = async () => {
    await temporal.stop();
    await release();
  };
  try {
    const config = await configIn(folder, temporal.address);
    const worker = await startWorker(config);
    const stop = () => worker.stop().finally(end);
    return { folder, temporal, config, ended: worker.ended, stop };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The cairn.yaml of the folder, written at the first start and a person's own from then on; Temporal is always ours. */
async function configIn(folder: string, address: string): Promise<WorkerConfig> {
  const file = join(folder, 'cairn.yaml');
  const [localBackup, spool] = [join(folder, 'LocalBackup'), join(folder, 'spool')];
  for (const made of [localBackup, spool]) await mkdir(made, { recursive: true });
  await writeFile(file, firstConfig({ localBackup, spool }), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return { ...(await loadWorkerConfig(file)), temporal: { address, namespace: 'default' } };
}

/** Two in one folder would end each other's server. The claim of a process that is no more counts for nothing. */
async function claim(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'dev.pid');
  const [pid, birth] = (await readFile(file, 'utf8').catch(() => '')).trim().split(/ (.*)/);
  if (isAlive(Number(pid)) && birthOf(Number(pid)) === birth) {
    throw new BackupError('conflict', `cairn dev runs in ${folder} already, as process ${pid}`, {
      hint: 'use that one, end it with Ctrl-C, or choose another folder',
    });
  }
  await writeFile(file, pidFileText(process.pid));
  return () => rm(file, { force: true });
}

async function portFor(told: number | undefined, usual: number): Promise<number> {
  if (told !== undefined) return told;
  return await requireFreePorts([usual], 'cairn dev').then(
    () => usual,
    () => freePort(),
  );
}
