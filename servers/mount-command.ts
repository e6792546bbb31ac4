import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { findExecutable } from './find-executable';
import { guarded } from './guarded-command';
import { killGroup } from './hadoop-command';

export interface MountCommand {
  readonly argv: readonly string[];
  /** Beside PATH and the language: what must not stand in arguments. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface MountCommandEnd {
  /** null when it was killed, or did not end within its time. */
  readonly exitCode: number | null;
  /** What it said, on both outputs. */
  readonly said: string;
}

/**
 * Runs `mount.…` or `umount`, without a shell reading its arguments. It dies with this process, and after so many milliseconds;
 * one that the kernel holds on to then, because a server hangs, is not waited for.
 */
export function runMountCommand(command: MountCommand, within: number, signal?: AbortSignal): Promise<MountCommandEnd> {
  return new Promise((resolve, reject) => {
    const [file, args] = guarded(command.argv);
    const env = { PATH: searched.join(delimiter), LC_ALL: 'C', ...command.env };
    const child = spawn(file, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    const end = (exitCode: number | null) => {
      clearTimeout(clock);
      signal?.removeEventListener('abort', give);
      child.stdin.destroy();
      resolve({ exitCode, said: said.trim() });
    };
    const give = () => {
      killGroup(child.pid);
      child.unref();
      [child.stdout, child.stderr].forEach((stream) => stream.destroy());
      end(null);
    };
    const clock = setTimeout(give, within);
    if (signal?.aborted) give();
    signal?.addEventListener('abort', give, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (piece: string) => (said = (said + piece).slice(-4096)));
    }
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => (clearTimeout(clock), reject(error)));
    child.once('close', end);
  });
}

/** Services are often started without the folders that these commands lie in. */
const searched = [
  ...new Set([...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin']),
].filter((folder) => folder.startsWith('/'));

/** True when there is such a command. */
export async function isInstalled(command: string): Promise<boolean> {
  return (await findExecutable(command, searched)) !== undefined;
}
