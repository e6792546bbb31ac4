import { BackupError } from './errors';
import { type HdfsRow, isWithin } from './hdfs';

/** Directories of a set at the most, and bytes of their paths: they travel through the history of a run. */
export const mostDirectories = 500;
export const mostPathBytes = 20 * 1024;

/** What a backup takes. */
export interface Resolved {
  /** Each once, none in another one. */
  readonly paths: readonly string[];
  /** What a person should know, in words. */
  readonly notes: readonly string[];
}

/** The paths that one row matched. */
export interface RowMatches {
  readonly row: HdfsRow;
  readonly paths: readonly string[];
}

/**
 * What a task takes that names directories and has rows: first those that it names, then what the rows match, by name. What
 * is taken twice is taken once. `missing` where no row matches anything, `invalid` where there are too many directories or
 * one would lie in another one.
 */
export function resolveRows(named: readonly string[], rows: readonly RowMatches[]): Resolved {
  const matched = [...new Set(rows.flatMap(({ paths }) => paths))].sort();
  if (rows.length > 0 && matched.length === 0) throw nothingMatches(rows);
  const paths = [...new Set([...named, ...matched])];
  refuseMany(paths);
  refuseInside(paths);
  const idle = rows.filter((one) => one.paths.length === 0).map(({ row }) => rowText(row));
  return { paths, notes: idle.map((text) => `no directory matches ${text}`) };
}

/** `invalid` where a run cannot take so many. */
export function refuseMany(paths: readonly string[]): void {
  const bytes = new TextEncoder().encode(paths.join('')).length;
  if (paths.length <= mostDirectories && bytes <= mostPathBytes) return;
  const what =
    paths.length > mostDirectories
      ? `more than ${mostDirectories} directories`
      : `${paths.length} directories, whose paths take more than ${mostPathBytes / 1024} KiB`;
  throw new BackupError('invalid', `the task takes ${what}`, {
    hint: 'make the expressions narrower and cut the task into several, or back up the directory that holds them',
  });
}

/**
 * The same directories in such an order that each of them that is in the set before has the place that it has there: what
 * lies on the target at that place is then mostly equal and not copied again. New ones take the places of those that went.
 */
export function keepPlaces(before: readonly string[], now: readonly string[]): readonly string[] {
  const wanted = new Set(now);
  const isKept = before.map((path, place) => place < now.length && wanted.has(path));
  const kept = new Set(before.filter((_, place) => isKept[place]));
  const others = now.filter((path) => !kept.has(path));
  return now.map((_, place) => (isKept[place] === true ? before[place]! : others.shift()!));
}

/** As people write it on the command line. */
export function rowText({ under, matching }: HdfsRow): string {
  return `${under}:${matching}`;
}

function refuseInside(paths: readonly string[]): void {
  for (const path of paths) {
    const above = paths.find((other) => other !== path && isWithin(path, other));
    if (above === undefined) continue;
    throw new BackupError('invalid', `${path} lies in ${above}; both would be backed up`, {
      hint: 'make the expression narrower, or leave one of them out',
    });
  }
}

function nothingMatches(rows: readonly RowMatches[]): BackupError {
  const texts = rows.map(({ row }) => rowText(row)).join(', ');
  return new BackupError('missing', `no directory matches ${texts}`, {
    hint: 'an expression must match the whole name of a directory in `under`; hidden ones, with a dot at the beginning, are left out',
  });
}
