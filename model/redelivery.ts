const second = 1000;
const minute = 60 * second;

/** How long a notification is tried to be delivered, and how often at most and at least. */
export const redelivery = { seconds: 3 * 24 * 3600, firstMs: second, longestMs: 10 * minute } as const;

/** A receiver that wants to be left alone for longer is asked once a day. */
const longestPauseMs = 24 * 60 * minute;

/**
 * Milliseconds until the next try: doubling from a second to ten minutes, a fifth more or less by chance, so that many
 * that failed together do not come together again. `chance` from 0 to 1; `askedMs` is what the receiver asked for.
 */
export function untilNextTry(attempt: number, askedMs: number | undefined, chance: number): number {
  const usual = Math.min(redelivery.firstMs * 2 ** Math.min(attempt - 1, 20), redelivery.longestMs);
  const spread = Math.round(usual * (0.8 + 0.4 * chance));
  return Math.max(spread, Math.min(askedMs ?? 0, longestPauseMs));
}
