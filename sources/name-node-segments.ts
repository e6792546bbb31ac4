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
  /** Segments that the active NameNode told to have; empty where it could not be asked. */
  readonly listed: readonly Segment[];
}

/** A NameNode logs 6 KiB for every question after a segment that it does not have: so there is an end to asking. */
const mostQuestions = 5_000;
const atOnce = 8;

/**
 * Fetches finalized segments until every transaction from `from` to `to` is there, and returns them in order.
 *
 * A NameNode gives out exact segments only. What is not in its list is guessed: mostly it is one segment up to the
 * next one that is known; else ends are tried one by one. That happens where the RPC cannot be reached, and after a
 * fail-over: then another NameNode has what was written before, and only an active one tells its list.
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

async function guess(wanted: Wanted, fetch: FetchSegment): Promise<Segment | undefined> {
  const { from, to, boundary, listed } = wanted;
  const known = listed.filter(({ start, end }) => start <= from && from <= end);
  const ends = beginnings(wanted).map((start) => start - 1);
  const guesses = [...known, ...[to, ...ends].map((end) => ({ start: from, end }))];
  // A standby that reads along may have written an image in the middle of the open segment.
  if (boundary !== undefined && boundary < from) guesses.push({ start: boundary, end: to });
  for (const segment of guesses) {
    if (await fetch(segment)) return segment;
  }
  return undefined;
}

/** Every segment has at least two transactions: its begin and its end. */
async function scan(wanted: Wanted, fetch: FetchSegment): Promise<Segment | undefined> {
  const last = Math.min(...beginnings(wanted), wanted.to, wanted.from + mostQuestions) - 1;
  for (let end = wanted.from + 1; end <= last; end += atOnce) {
    const ends = Array.from({ length: Math.min(atOnce, last - end + 1) }, (_, n) => end + n);
    const hits = await Promise.all(ends.map((end) => fetch({ start: wanted.from, end })));
    if (hits.includes(true)) return { start: wanted.from, end: ends[hits.indexOf(true)]! };
  }
  return undefined;
}

/** Where the next segments begin, as far as that is known. */
function beginnings({ from, boundary, listed }: Wanted): number[] {
  const next = listed.find(({ start }) => start > from)?.start;
  return [boundary, next].filter((start) => start !== undefined && start > from) as number[];
}

function gap(from: number, to: number): BackupError {
  return new BackupError('missing', `no segment of edits begins at transaction ${from}; ${to} was to be reached`, {
    hint: 'let the NameNode write a checkpoint (`hdfs dfsadmin -saveNamespace` in safe mode, or wait for its next)',
  });
}
