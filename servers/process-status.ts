import { readFile } from 'node:fs/promises';

/** What the kernel tells of a process of this host. */
export interface ProcessStatus {
  readonly group: number;
  /** When it was started, in the kernel's ticks: with the process's number it stands for one process only. */
  readonly start: string;
}

/** Undefined for one that is not there, and for one that has ended. */
export async function processStatus(pid: string): Promise<ProcessStatus | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // Behind the command's name, which may hold anything: state, parent, group …
  const fields = text?.replace(/^.*\) /s, '').split(' ') ?? [];
  const [state, , group] = fields;
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  return { group: Number(group), start: fields[19] ?? '' };
}
