import { readdir, readFile } from 'node:fs/promises';

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
  const seen = await Promise.all(pids.map(look));
  return seen.filter((one) => one !== undefined && one.environment.includes(mark)) as Seen[];
}

/** Polls until none is left of the processes whose environment holds this text; answers those that did not end. */
export async function untilGone(mark: string, withinMs = 5_000): Promise<Seen[]> {
  for (const deadline = Date.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const left = await processesWith(mark);
    if (left.length === 0 || Date.now() > deadline) return left;
  }
}

async function look(pid: string): Promise<Seen | undefined> {
  try {
    const read = async (file: string) => (await readFile(`/proc/${pid}/${file}`, 'utf8')).split('\0');
    const [command, environment] = await Promise.all([read('cmdline'), read('environ')]);
    return { pid: Number(pid), command: command.join(' ').trim(), environment: environment.join('\n') };
  } catch {
    return undefined;
  }
}
