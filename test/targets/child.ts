import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const repository = join(__dirname, '..', '..');

/** Lets plain Node load our TypeScript, for processes that a test kills or starves. */
const loader = `
  require('node:module')._extensions['.ts'] = (module, file) => module._compile(require('@swc/core').transformFileSync(
    file, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }).code, file);
  const { openLocalDir } = require('./targets/local-dir.ts');
  const { Readable } = require('node:stream');
`;

export interface Child {
  readonly process: ChildProcess;
  /** All that it printed; resolves when it has ended. */
  readonly output: Promise<string>;
}

/** Runs JavaScript in a process of its own, where `openLocalDir` and `Readable` are at hand, behind a command if given. */
export function startChild(script: string, behind: readonly string[] = []): Child {
  const [command = '', ...args] = [...behind, process.execPath, '-e', loader + script];
  const child = spawn(command, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  return { process: child, output: outputOf(child) };
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout?.on('data', (text) => (output += text));
  child.stderr?.on('data', (text) => (output += text));
  return new Promise((resolve, reject) => child.once('error', reject).once('close', () => resolve(output)));
}
