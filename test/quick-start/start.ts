import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const startFile = join(__dirname, '..', '..', 'quick-start', 'start.mjs');

/** A quick start as a child process, as `npm start` starts it. */
export interface Started {
  readonly child: ChildProcess;
  /** All that it has said so far, on both streams. */
  said(): string;
  /** Resolves when it has said this; rejects, with all that it has said, when it ends before. */
  until(pattern: RegExp): Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

export function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): Started {
  return watch(spawn(process.execPath, [startFile, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

export function watch(child: ChildProcess): Started {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(said) && resolve();
      child.stdout!.on('data', look);
      look();
      void ended.then(() => reject(new Error(`it never said ${pattern}, but:\n${said}`)));
    });
  return { child, said: () => said, until, ended };
}

/** The processes that it has named. */
export function pidsIn(said: string): number[] {
  return [...said.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
}
