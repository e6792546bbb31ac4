import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const repository = join(__dirname, '..', '..');

/** Lets plain Node load our TypeScript, for a worker that a test kills. */
const loader = `
  require('node:module')._extensions['.ts'] = (module, file) => module._compile(require('@swc/core').transformFileSync(
    file, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }).code, file);
`;

/** Runs JavaScript in a process of its own, which can require our TypeScript by its path. */
export function startChild(script: string): ChildProcess {
  return spawn(process.execPath, ['-e', loader + script], { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'] });
}
