/**
 * Awaits some work that a server must answer. `alive` says that it goes on; when it has said nothing for so many milliseconds
 * the work's signal is aborted and the error of `giveUp` thrown. The work itself may go on to wait in the kernel.
 */
export async function answeredWithin<T>(
  milliseconds: number,
  work: (alive: () => void, signal: AbortSignal) => Promise<T>,
  giveUp: () => Error,
): Promise<T> {
  const silent = new AbortController();
  let clock: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    clock = setTimeout(() => {
      reject(giveUp());
      silent.abort();
    }, milliseconds);
  });
  const working = work(() => clock?.refresh(), silent.signal);
  // Who gave up hears no more of it.
  working.catch(() => undefined);
  try {
    return await Promise.race([working, silence]);
  } finally {
    clearTimeout(clock);
  }
}
