import { spawn } from 'node:child_process';
import { BackupError, type ErrorKind } from '../model/errors';
import { findExecutable } from './find-executable';
import { guarded } from './guarded-command';
import type { Login } from './login';

/** The cluster's `hdfs` command as the worker's configuration names it. */
export interface HadoopCommand {
  /** A path, or a name that is looked for in PATH. */
  readonly hdfs: string;
  /** HADOOP_CONF_DIR for it; the command's own default when absent. */
  readonly confDir?: string;
}

export interface CommandOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds until it is killed as `unavailable`; 2 minutes when absent. */
  readonly within?: number;
}

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `hdfs` with these arguments, without a shell reading them. On abort, on time-out and when this worker dies,
 * the command and everything it started is killed.
 *
 * Errors: `precondition` (no such command), `unavailable`, `denied`, `cancelled`; the context holds
 * `exitCode`, `shortMessage` (without output) and `stderr` (its last lines).
 */
export async function runHadoop(
  command: HadoopCommand,
  login: Login,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutput> {
  const environment = await environmentFor(command, login);
  if (options.signal?.aborted) throw new BackupError('cancelled', `stopped before running ${command.hdfs}`);
  const ended = await run([command.hdfs, ...args], environment, options);
  if (ended.exitCode === 0) return ended;
  throw failure(command, args, ended, options);
}

interface Ended extends CommandOutput {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
}

function run(argv: readonly string[], env: NodeJS.ProcessEnv, options: CommandOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [file, args] = guarded(argv);
    const child = spawn(file, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let timedOut = false;
    const kill = () => killGroup(child.pid);
    const clock = setTimeout(() => ((timedOut = true), kill()), options.within ?? 120_000);
    options.signal?.addEventListener('abort', kill, { once: true });
    const [stdout, stderr] = [tailOf(child.stdout), tailOf(child.stderr)];
    const letGo = () => {
      clearTimeout(clock);
      options.signal?.removeEventListener('abort', kill);
      child.stdin.destroy();
    };
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => (letGo(), reject(error)));
    child.once('close', (exitCode) => (letGo(), resolve({ exitCode, timedOut, stdout: stdout(), stderr: stderr() })));
  });
}

/** Kills a process and everything that it started: what runs `guarded` is a process group of its own. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** Collects what a stream says, at most its last 256 Ki characters. */
function tailOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (piece: string) => (text = (text + piece).slice(-256 * 1024)));
  return () => text;
}

/** A worker's environment may hold secrets: a command is given what Hadoop's scripts read, and no more. */
function inherited(): NodeJS.ProcessEnv {
  const wanted =
    /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|LD_LIBRARY_PATH|(JAVA|HADOOP|HDFS|YARN|MAPRED|KRB5).*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}

/** What a command of Hadoop is given as its environment, so that it acts as this user on this cluster. */
export async function environmentFor(
  { confDir }: { readonly confDir?: string },
  login: Login,
): Promise<NodeJS.ProcessEnv> {
  const conf = confDir === undefined ? {} : { HADOOP_CONF_DIR: confDir };
  return { ...inherited(), ...conf, ...(await login.environment()) };
}

function failure(command: HadoopCommand, args: readonly string[], ended: Ended, options: CommandOptions): BackupError {
  const called = `${command.hdfs} ${args.join(' ')}`;
  if (options.signal?.aborted) return new BackupError('cancelled', `stopped while running ${called}`);
  const shortMessage = ended.timedOut
    ? `${called} did not end within ${options.within ?? 120_000} ms`
    : `${called} ended with exit code ${ended.exitCode ?? 'none (killed)'}`;
  const stderr = lastLines(ended.stderr);
  const { kind, hint } = meaningOf(ended, stderr);
  const what = stderr === '' ? shortMessage : `${shortMessage}: ${stderr}`;
  return new BackupError(kind, what, { ...(hint && { hint }), exitCode: ended.exitCode, shortMessage, stderr });
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly hint?: string;
}

const exitCodes: { readonly [code: number]: Meaning } = {
  126: { kind: 'precondition', hint: 'make the command executable for the worker' },
  127: { kind: 'precondition', hint: hintToName('hdfs') },
};

function hintToName(command: string): string {
  return `name the path of the cluster's \`${command}\` command in cairn.yaml`;
}

const sayings: readonly (Meaning & { readonly pattern: RegExp })[] = [
  { pattern: /Permission denied|AccessControlException|Access denied|Superuser privilege/i, kind: 'denied' },
  { pattern: /safe mode|SafeModeException/i, kind: 'unavailable', hint: 'wait until HDFS left safe mode' },
  {
    pattern: /JAVA_HOME|ClassNotFoundException|main class/,
    kind: 'precondition',
    hint: 'set JAVA_HOME for the worker',
  },
];

/** What cannot be told apart may pass by itself: Hadoop's commands end with the same code for everything. */
function meaningOf(ended: Ended, stderr: string): Meaning {
  const known = ended.exitCode === null ? undefined : exitCodes[ended.exitCode];
  return known ?? sayings.find(({ pattern }) => pattern.test(stderr)) ?? { kind: 'unavailable' };
}

/** The last lines that are not a stack trace's: the message is what helps. */
function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at |^\s+\.\.\. \d+ more/.test(line));
  return lines.slice(-8).join('\n').slice(-2000).trim();
}

/**
 * The command's full path; `precondition` when it is not there or may not be run. Runs nothing. `name` is what Hadoop calls it.
 */
export async function findCommand({ hdfs: command }: { readonly hdfs: string }, name = 'hdfs'): Promise<string> {
  const found = await findExecutable(command);
  if (found !== undefined) return found;
  throw new BackupError('precondition', `there is no command \`${command}\` that can be run`, {
    hint: hintToName(name),
  });
}
