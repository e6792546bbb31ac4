/** Ending what a NodeManager has left running: its containers are sessions of their own, and outlive a NodeManager that is killed. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from './process-id';

/** Kills the containers whose pid files lie in a Yarn's folder, each with all that it started. */
export async function endContainers(folder: string): Promise<void> {
  const names = await readdir(join(folder, 'local', 'nmPrivate'), { recursive: true }).catch(() => []);
  const pidFiles = names.filter((name) => /container_\w+\.pid$/.test(name));
  await Promise.all(pidFiles.map((name) => endContainer(join(folder, 'local', 'nmPrivate', name))));
}

async function endContainer(pidFile: string): Promise<void> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  if (!isAlive(pid) || !(await commandOf(pid)).includes(basename(pidFile, '.pid'))) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** The whole command line: a container's names the container, and the pid may be another process's by now. */
async function commandOf(pid: number): Promise<string> {
  const shown = promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
  return shown.then(
    ({ stdout }) => stdout,
    () => '',
  );
}
