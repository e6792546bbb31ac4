import type { Label } from './label';
import { labelAt } from './label';

/**
 * When a periodic task runs by itself: at `started`, and every so many seconds after. A fixed grid in UTC: neither the
 * length of runs nor daylight saving moves it.
 */
export interface Period {
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly seconds: number;
}

/** The latest planned time that is not after this moment; undefined before the first one. */
export function lastPlanned({ started, seconds }: Period, moment: number): number | undefined {
  return moment < started ? undefined : started + Math.floor((moment - started) / (seconds * 1000)) * seconds * 1000;
}

/** The first planned time after this moment. */
export function nextPlanned(period: Period, moment: number): number {
  const last = lastPlanned(period, moment);
  return last === undefined ? period.started : last + period.seconds * 1000;
}

export function isPlanned({ started, seconds }: Period, moment: number): boolean {
  return moment >= started && (moment - started) % (seconds * 1000) === 0;
}

/** The planned times after one moment and not after another: how many, and the first and the last of them. */
export function plannedBetween(period: Period, after: number, until: number): PlannedTimes | undefined {
  const [first, last] = [nextPlanned(period, after), lastPlanned(period, until)];
  if (last === undefined || first > last) return undefined;
  return { count: Math.round((last - first) / (period.seconds * 1000)) + 1, first, last };
}

export interface PlannedTimes {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** A planned time that led to no run: why, in the task's history. */
export interface NotRun {
  readonly planned: Label;
  readonly what: 'postponed' | 'missed';
  /** How many planned times in a row; the first is `planned`. */
  readonly times: number;
  readonly why: Why;
}

/** Why not: a word, and for some the seconds that were, and those that the rule says. */
export type Why =
  | { readonly because: 'waited' | 'wentOn' | 'full' | 'unasked' | 'locked' }
  | { readonly because: 'late' | 'near'; readonly seconds: number; readonly allowed: number };

/** `label what times because [seconds allowed]`: short, because some are carried of each task. */
export function shortNotRun({ planned, what, times, why }: NotRun): string {
  const numbers = 'seconds' in why ? ` ${why.seconds} ${why.allowed}` : '';
  return `${planned} ${what} ${times} ${why.because}${numbers}`;
}

export function parseNotRun(text: string): NotRun & { readonly reason: string } {
  const [planned = '', what, times = '1', because, seconds, allowed] = text.split(' ');
  const why = { because, ...(seconds && { seconds: Number(seconds), allowed: Number(allowed) }) } as Why;
  return { planned, what: what as NotRun['what'], times: parseInt(times, 10), why, reason: whyText(why) };
}

/** In words. */
export function whyText(why: Why): string {
  switch (why.because) {
    case 'waited':
      return 'its run before still waited';
    case 'wentOn':
      return 'its run before still went on';
    case 'full':
      return 'the queue is full';
    case 'unasked':
      return 'nobody asked for it in time';
    case 'locked':
      return 'the task was locked before it could start';
    case 'late':
      return `it came ${why.seconds} s after its planned time, ${why.allowed} s are allowed`;
    case 'near':
      return `its latest run started ${why.seconds} s before, more than ${why.allowed} s must be between`;
  }
}

export function notRun(what: NotRun['what'], { first, count }: PlannedTimes, why: Why): NotRun {
  return { planned: labelAt(first), what, times: count, why };
}
