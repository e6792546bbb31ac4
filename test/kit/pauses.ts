import { setTimeout as sleep } from 'node:timers/promises';

/** How long a test waits for what must come, in milliseconds: for what hangs, not a measure of the machine. */
export const patienceMs = 600_000;

/** What must come soon takes less, on any machine, and what waits until it gives up takes more. */
export const soonMs = 30_000;

/** Asks again and again until there is an answer other than false, and gives it. */
export async function until<T>(asked: () => T | Promise<T>): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + patienceMs;
  for (const pause = growingPauses(); ; await pause()) {
    const answer = await asked();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, false | undefined>;
    if (Date.now() > deadline) throw new Error(`not so within ${patienceMs} ms: ${asked.toString()}`);
  }
}

const [firstMs, growth, mostMs] = [50, 1.5, 300];

/**
 * Pauses between looks at what is waited for, each longer than the one before. A look at a cluster costs its server and its
 * worker some 20 ms of processor time: with ten looks a second, three tests at once would do little else on two processors.
 */
export function growingPauses(): () => Promise<void> {
  let next = firstMs;
  return async () => {
    const now = next;
    next = Math.min(now * growth, mostMs);
    await sleep(now);
  };
}
