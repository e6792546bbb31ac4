import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../model/errors';
import { guardName } from './guarded-command';
import { killGroup } from './hadoop-command';
import { processStatus } from './process-status';

/**
 * Kills every guarded command of this host that was started with this argument, whichever process started it, and all that
 * it started; returns when they are gone, and how many there were. It looks at the processes themselves: a command is
 * found also when its starter had no time left to note it down. `unavailable` when one does not go away.
 */
export async function endCommandsWith(argument: string): Promise<number> {
  const guards = (await processes()).filter(({ args }) => args[3] === guardName && args.includes(argument));
  const groups = new Set(guards.map(({ group }) => group));
  groups.forEach(killGroup);
  for (let tries = 0; groups.size > 0 && (await isAnyLeft(groups)); tries += 1) {
    if (tries === 200) throw new BackupError('unavailable', `a command with ${argument} was killed, but did not end`);
    await sleep(50);
  }
  return groups.size;
}

async function isAnyLeft(groups: ReadonlySet<number>): Promise<boolean> {
  return (await processes()).some(({ group }) => groups.has(group));
}

interface Process {
  readonly group: number;
  readonly args: readonly string[];
}

/** Those of this host that this user may see, without those that have ended. */
async function processes(): Promise<Process[]> {
  const names = await readdir('/proc').catch(() => []);
  const seen = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(look));
  return seen.filter((process) => process !== undefined);
}

async function look(pid: string): Promise<Process | undefined> {
  try {
    const [commandLine, status] = await Promise.all([readFile(`/proc/${pid}/cmdline`, 'utf8'), processStatus(pid)]);
    return status && { group: status.group, args: commandLine.split('\0') };
  } catch {
    return undefined;
  }
}
