/** A server as a child process: started and waited for, stopped, killed; ended when we end, unless it is kept. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireFreePorts } from './free-port';
import { endLeftOver, pidFileText } from './process-id';
import { endOf } from './run';
import { forget, watchOver } from './watchdog';

export interface ServerSpec {
  /** Names the server in messages, and its files: `<folder>/<name>.log` and `<folder>/<name>.pid`. */
  readonly name: string;
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The ports that it will listen on; it is not started while something else does. */
  readonly ports: readonly number[];
  /** Whether it serves by now; asked again and again, a rejection means not yet. */
  readonly ready: () => Promise<boolean>;
  /** How long it may take until it serves, in milliseconds; 60 s unless told. */
  readonly deadline?: number;
}

export interface ServerProcess {
  readonly pid: number;
  readonly logFile: string;
  readonly isRunning: () => boolean;
  /** SIGTERM, and SIGKILL when it still runs after `grace` milliseconds (10 s unless told). May be called twice. */
  readonly stop: (grace?: number) => Promise<void>;
  /** SIGKILL. May be called twice. */
  readonly kill: () => Promise<void>;
  /** Lets the server outlive this process. */
  readonly keep: () => void;
}

/**
 * Starts a server and returns when it serves. One that an ended process has left in the same folder is ended first.
 * When it dies or its deadline passes, the Error shows the end of its log, and nothing is left running.
 */
export async function startServer(spec: ServerSpec): Promise<ServerProcess> {
  await mkdir(spec.folder, { recursive: true });
  const pidFile = join(spec.folder, `${spec.name}.pid`);
  await endLeftOver(pidFile);
  await requireFreePorts(spec.ports, spec.name);
  const logFile = join(spec.folder, `${spec.name}.log`);
  const server = handleOf(await spawnInto(logFile, spec), logFile, pidFile);
  await writeFile(pidFile, pidFileText(server.pid));
  await untilReady(spec, server);
  return server;
}

/** Its own process group: a terminal's Ctrl-C reaches us, and we stop the servers in the right order. */
async function spawnInto(logFile: string, spec: ServerSpec): Promise<ChildProcess> {
  const log = openSync(logFile, 'a');
  const env = spec.env ?? process.env;
  const child = spawn(spec.command, spec.args, { cwd: spec.folder, env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  watchOver(child.pid!);
  child.unref();
  return child;
}

function handleOf(child: ChildProcess, logFile: string, pidFile: string): ServerProcess {
  const pid = child.pid!;
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(async () => {
    forget(pid);
    await rm(pidFile, { force: true });
  });
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning()) child.kill(signal);
    child.ref();
    await ended;
  };
  const stop = async (grace = 10_000) => {
    const killer = setTimeout(() => child.kill('SIGKILL'), grace);
    await end('SIGTERM').finally(() => clearTimeout(killer));
  };
  return { pid, logFile, isRunning, stop, kill: () => end('SIGKILL'), keep: () => forget(pid) };
}

async function untilReady({ name, ready, deadline = 60_000 }: ServerSpec, server: ServerProcess): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await ready().catch(() => false))) {
    if (!server.isRunning()) throw await failure(`${name} ended before it served`, server);
    if (Date.now() > end) throw await failure(`${name} did not serve within ${deadline / 1000} s`, server);
    await sleep(50);
  }
}

async function failure(what: string, server: ServerProcess): Promise<Error> {
  await server.kill();
  const log = await readFile(server.logFile, 'utf8').catch(() => '');
  return new Error(`${what}; the end of ${server.logFile} reads:\n${endOf(log)}`);
}
