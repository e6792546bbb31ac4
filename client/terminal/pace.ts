import type { RunProgress } from '../../model/run';
import { type Amounts, amountsOf } from '../run-progress';

/** How fast a run goes on. Absent: not known (yet). */
export interface Pace extends Amounts {
  readonly bytesPerSecond?: number;
  readonly msLeft?: number;
}

/** Older seconds count less: the rate follows what happens now. */
const weightOfNow = 0.3;

/** A gauge of one run: give it each progress with its time in milliseconds. A new phase begins anew. */
export function createPaceGauge(): (progress: RunProgress, now: number) => Pace {
  let before: { phase: string; bytes: number; at: number; rate?: number | undefined } | undefined;
  return (progress, now) => {
    const amounts = amountsOf(progress);
    const isSamePhase = before?.phase === progress.phase && amounts.bytes >= before.bytes;
    const rate = isSamePhase && before !== undefined ? rateAfter(before, amounts.bytes, now) : undefined;
    before = { phase: progress.phase, bytes: amounts.bytes, at: now, rate };
    const { bytes, totalBytes } = amounts;
    if (rate === undefined || rate <= 0) return amounts;
    if (totalBytes === undefined) return { ...amounts, bytesPerSecond: rate };
    return { ...amounts, bytesPerSecond: rate, msLeft: (Math.max(0, totalBytes - bytes) / rate) * 1000 };
  };
}

function rateAfter(
  before: { bytes: number; at: number; rate?: number | undefined },
  bytes: number,
  now: number,
): number | undefined {
  if (now <= before.at) return before.rate;
  const latest = ((bytes - before.bytes) / (now - before.at)) * 1000;
  return before.rate === undefined ? latest : before.rate * (1 - weightOfNow) + latest * weightOfNow;
}
