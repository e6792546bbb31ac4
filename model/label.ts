import { BackupError } from './errors';

/** A label or creation time: `yyyyMMddHHmmss` in UTC, as the product writes times in paths. Sorts by time. */
export type Label = string;

export const labelPattern = /^\d{14}$/;

/** The label itself; `invalid` for anything else: it becomes part of names of files and databases. */
export function checkedLabel(label: string): Label {
  if (labelPattern.test(label)) return label;
  throw new BackupError('invalid', `\`${label}\` is no label`);
}

/** The label of a moment (milliseconds since 1970). */
export function labelAt(epochMs: number): Label {
  return new Date(epochMs).toISOString().replace(/\D/g, '').slice(0, 14);
}

/** The moment of a label, in milliseconds since 1970; NaN when it is no real time. */
export function timeOf(label: Label): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(label) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The label of a run that starts now: always later than the one before, also when the clock went back. */
export function nextLabel(now: number, last: Label | undefined): Label {
  const fromClock = labelAt(now);
  if (last === undefined || fromClock > last) return fromClock;
  return labelAt(timeOf(last) + 1000);
}
