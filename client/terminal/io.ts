import { createInterface } from 'node:readline/promises';

/** What the command line has of its surroundings; tests give their own. */
export interface Io {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Somebody sits there who can be shown a moving line, and be asked. */
  readonly isTerminal: boolean;
  ask(question: string): Promise<string>;
  readStdin(): Promise<string>;
  /** Calls the listener at Ctrl-C instead of ending the process; gives back what ends that. */
  onInterrupt(listener: () => void): () => void;
}

/** Those of this process. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  return {
    stdout,
    stderr,
    isTerminal: Boolean(stdin.isTTY && stderr.isTTY),
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      return await lines.question(question).finally(() => lines.close());
    },
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
      return Buffer.concat(chunks).toString('utf8');
    },
    onInterrupt(listener) {
      process.once('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}
