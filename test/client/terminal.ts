import { PassThrough } from 'node:stream';
import { main } from '../../client/main';
import type { Io } from '../../client/terminal/io';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What `--json` printed on stdout. */
  json<T = unknown>(): T;
}

export interface Surroundings {
  readonly isTerminal?: boolean;
  /** What a person types, one answer after the other. */
  readonly answers?: string[];
  readonly stdin?: string;
  /** Given what presses Ctrl-C. */
  readonly onStart?: (ctrlC: () => void) => void;
  /** Called with all that stderr has so far, at each piece. */
  readonly onStderr?: (text: string) => void;
}

/** Runs `cairn` in this process, as a shell would. */
export async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const [out, err] = [collector(), collector(surroundings.onStderr)];
  const listeners = new Set<() => void>();
  const io: Io = {
    stdout: out.stream,
    stderr: err.stream,
    isTerminal: surroundings.isTerminal === true,
    ask: (question) => {
      err.stream.write(question);
      return Promise.resolve(surroundings.answers?.shift() ?? '');
    },
    readStdin: () => Promise.resolve(surroundings.stdin ?? ''),
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  surroundings.onStart?.(() => listeners.forEach((listener) => listener()));
  const code = await main(args, io);
  return { code, stdout: out.text(), stderr: err.text(), json: <T>() => JSON.parse(out.text()) as T };
}

function collector(listener?: (text: string) => void) {
  let text = '';
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    listener?.(text);
  });
  return { stream, text: () => text };
}
