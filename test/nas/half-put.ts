import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { HalvedBodyOptions } from './halved-body';
import type { Nas, Protocol } from './nas';

export interface HalfPut {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** A process that puts such a body; returns when all that comes of it has been reported. */
export async function startHalfPut(
  { work }: Nas,
  protocol: Protocol,
  name: string,
  body: HalvedBodyOptions,
): Promise<HalfPut> {
  const script = join(__dirname, 'half-put-process.ts');
  const args = ['-r', join(__dirname, '..', 'kit', 'register.js'), script, work, protocol, name, JSON.stringify(body)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), gone.then(() => Promise.reject(new Error('it ended by itself')))]);
  return {
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
