import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** A process of this machine, as Linux tells of it. */
export interface Seen {
  readonly pid: number;
  /** Its arguments, joined by spaces. */
  readonly command: string;
  /** Its environment as `NAME=value` lines. */
  readonly environment: string;
}

/** All processes whose environment holds this text; those that end meanwhile are left out. */
export async function processesWith(mark: string): Promise<Seen[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return pids.map(look).filter((one) => one !== undefined && one.environment.includes(mark)) as Seen[];
}

/** Polls until none is left of the processes whose environment holds this text; answers those that did not end. */
export async function untilGone(mark: string, withinMs = 5_000): Promise<Seen[]> {
  for (const deadline = Date.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const left = await processesWith(mark);
    if (left.length === 0 || Date.now() > deadline) return left;
  }
}

/** Read at once: there are hundreds, and to wait for another thread of Node's costs more than what is read. */
function look(pid: string): Seen | undefined {
  try {
    const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
    const before = read('cmdline');
    if (before === '') return undefined;
    const [environment, command] = [read('environ'), read('cmdline')];
    // It has just become another command: the environment may be of either.
    if (command !== before) return look(pid);
    return {
      pid: Number(pid),
      command: command.replaceAll('\0', ' ').trim(),
      environment: environment.replaceAll('\0', '\n'),
    };
  } catch {
    return undefined;
  }
}
