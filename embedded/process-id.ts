/** Telling processes apart: a pid alone may have been given to another process since. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process of this id runs, ours or another user's; a finished one that nobody has waited for does not count. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** When the process began, in a form that only serves to be compared; undefined when it cannot be had. */
export function birthOf(pid: number): string | undefined {
  try {
    return statOf(pid)?.[19] ?? execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** What a pid file holds: the pid, and when that process began. */
export function pidFileText(pid: number): string {
  return `${pid} ${birthOf(pid) ?? ''}\n`;
}

/** Ends the process that a pid file names, when it is still the same one; removes the file. */
export async function endLeftOver(pidFile: string): Promise<void> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const [pid, birth] = [Number.parseInt(text, 10), text.trim().replace(/^\d+ ?/, '')];
  if (isAlive(pid) && birth !== '' && birthOf(pid) === birth) await killAndWait(pid);
  await rm(pidFile, { force: true });
}

async function killAndWait(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  for (let waited = 0; isAlive(pid) && waited < 5_000; waited += 20) await sleep(20);
}

function isZombie(pid: number): boolean {
  return statOf(pid)?.[0] === 'Z';
}

/** The fields of /proc/PID/stat behind the command's name (state first), where there is such a file. */
function statOf(pid: number): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return undefined;
  }
}
