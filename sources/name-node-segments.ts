import { BackupError } from '../model/errors';
import type { Segment } from '../servers/name-node-journal';

/** Fetches the segment of exactly these transactions; false when there is none. */
export type FetchSegment = (segment: Segment) => Promise<boolean>;

export interface Wanted {
  /** The first transaction after the image. */
  readonly from: number;
  /** The last one: a segment ends there. */
  readonly to: number;
  /** A transaction at which a segment begins, where one is known. */
  readonly boundary: number | undefined;
  /** Segments that the NameNode told to have; empty where it could not be asked. */
  readonly listed: readonly Segment[];
}

/** A NameNode logs 6 KiB for every question after a segment that it does not have: so there is an end to asking. */
const mostQuestions = 5_000;
const atOnce = 8;

/**
 * Fetches finalized segments until every transaction from `from` to `to` is there, and returns them in order.
 *
 * A NameNode gives out exact segments only. Where it could not be asked for a list, they are guessed: mostly the
 * wanted transactions are one segment, or two with the boundary between them; else ends are tried one by one.
 */
export async function fetchSegments(wanted: Wanted, fetch: FetchSegment): Promise<readonly Segment[]> {
  const found: Segment[] = [];
  for (let from = wanted.from; from <= wanted.to; from = found.at(-1)!.end + 1) {
    const segment = (await guess({ ...wanted, from }, fetch)) ?? (await scan({ ...wanted, from }, fetch));
    if (segment === undefined) throw gap(from, wanted.to);
    found.push(segment);
  }
  return found;
}

async function guess({ from, to, boundary, listed }: Wanted, fetch: FetchSegment): Promise<Segment | undefined> {
  const guesses = [...listed.filter(({ start, end }) => start <= from && from <= end), { start: from, end: to }];
  if (boundary !== undefined && boundary > from) guesses.push({ start: from, end: boundary - 1 });
  // A standby that reads along may have written an image in the middle of the open segment.
  if (boundary !== undefined && boundary < from) guesses.push({ start: boundary, end: to });
  for (const segment of guesses) {
    if (await fetch(segment)) return segment;
  }
  return undefined;
}

/** Every segment has at least two transactions: its begin and its end. */
async function scan({ from, to, listed }: Wanted, fetch: FetchSegment): Promise<Segment | undefined> {
  if (listed.length > 0) return undefined;
  const last = Math.min(to - 1, from + mostQuestions);
  for (let end = from + 1; end <= last; end += atOnce) {
    const tried = Array.from({ length: Math.min(atOnce, last - end + 1) }, (_, n) => ({ start: from, end: end + n }));
    const hits = await Promise.all(tried.map(fetch));
    const hit = tried.find((_, n) => hits[n]);
    if (hit !== undefined) return hit;
  }
  return undefined;
}

function gap(from: number, to: number): BackupError {
  const hint =
    'let the NameNode write a checkpoint (`hdfs dfsadmin -saveNamespace` in safe mode, or wait for its next)';
  return new BackupError('missing', `no segment of edits begins at transaction ${from}; ${to} was to be reached`, {
    hint,
  });
}
