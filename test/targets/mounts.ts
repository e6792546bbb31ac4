import { spawnSync } from 'node:child_process';
import { testWhere } from '../kit/skip';
import { startChild } from './child';

const canMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;

/** Tests that need a disk of their own. */
export const itWithMounts = testWhere(
  canMount ? undefined : 'this system does not let us mount in a name space of our own',
);

/** Runs a script in a process that alone sees a file system of 1 MiB mounted on the folder. Gives what it printed. */
export function runWithSmallDisk(folder: string, script: string): Promise<string> {
  const mountAndRun = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"';
  return startChild(script, ['unshare', '--map-root-user', '--mount', 'sh', '-c', mountAndRun, folder]).output;
}
