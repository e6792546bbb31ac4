/** Running a command to its end, for its output. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of the standard output, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs a command and returns its standard output; a failure is an Error with the end of what it said. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, said, line] = ['', '', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    said += text;
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) options.onLine?.(each);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code === 0) return stdout;
  throw new Error(`\`${[command, ...args].join(' ')}\` failed (exit code ${code}):\n${endOf(said)}`);
}

/** The last lines of a text, for error messages. */
export function endOf(text: string, lines = 15): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
