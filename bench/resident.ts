import { readFileSync } from 'node:fs';

/** Watches the resident memory of a process, ten looks a second. */
export function watchResident(pid: number): { stop(): { readonly idle: number; readonly peak: number } } {
  const idle = residentMiB(pid);
  let peak = idle;
  const looks = setInterval(() => (peak = Math.max(peak, residentMiB(pid))), 100);
  return {
    stop() {
      clearInterval(looks);
      return { idle, peak };
    },
  };
}

/** In MiB. */
export function residentMiB(pid: number): number {
  const [, kiB = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kiB) / 1024);
}
