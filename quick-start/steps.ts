/** What a person sees: numbered steps, what happens in them, and how long each took. */
export interface Steps {
  /**
   * Shows the title, does the work, shows how long it took. Rejects with what the work rejects with, and with the
   * signal's reason once that is aborted: then nothing is begun or shown any more.
   */
  step<Result>(title: string, work: (say: Say) => Promise<Result>): Promise<Result>;
  /** Since the beginning. */
  seconds(): number;
}

/** Shows a line below the present step. */
export type Say = (line: string) => void;

export function createSteps(print: (line: string) => void, signal: AbortSignal): Steps {
  const begin = performance.now();
  const secondsSince = (start: number) => (performance.now() - start) / 1000;
  const say: Say = (line) => (signal.aborted ? undefined : print(`      ${line}`));
  let number = 0;
  return {
    seconds: () => secondsSince(begin),
    async step(title, work) {
      signal.throwIfAborted();
      const start = performance.now();
      print(`${String((number += 1)).padStart(3)}.  ${title}`);
      const result = await work(say);
      say(`(${secondsSince(start).toFixed(1)} s)`);
      return result;
    },
  };
}
