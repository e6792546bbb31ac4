import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { guarded } from './guarded-command';
import { killGroup } from './hadoop-command';

/** A command that runs for long: what it says is heard while it says it. It dies with this process. */
export interface LongCommand {
  /** When it has ended and said everything. Rejects only when it could not be started at all. */
  readonly ended: Promise<LongCommandEnd>;
  /** Kills it with everything that it started; resolves when it is gone. May be called twice, and after its end. */
  kill(): Promise<void>;
}

export interface LongCommandEnd {
  /** null when it was killed. */
  readonly exitCode: number | null;
  /** Its last lines, of standard output and standard error as they came. */
  readonly said: readonly string[];
}

/** Starts it; no shell reads the arguments. `onLine` is told each line of both outputs, without its end. */
export function startLongCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): LongCommand {
  const [file, args] = guarded(argv);
  const child = spawn(file, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const said: string[] = [];
  const hear = (line: string) => {
    said.push(line);
    if (said.length > 2 * keptLines) said.splice(0, keptLines);
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, hear);
  // The guard's end of the pipe: closed when this process ends, or here.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<LongCommandEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      child.stdin.destroy();
      resolve({ exitCode, said });
    });
  });
  return {
    ended,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
      await ended.catch(() => undefined);
    },
  };
}

const keptLines = 2_000;
const longestLine = 64 * 1024;

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (piece: Buffer) => {
    const lines = (rest + decoder.write(piece)).split('\n');
    rest = lines.pop()!.slice(-longestLine);
    for (const line of lines) onLine(line.slice(0, longestLine));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
