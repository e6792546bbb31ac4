/**
 * The seed of a test that chooses at random: told beforehand, so that a failure can be had again with
 * `CAIRN_SEED=<number>`, and another one each time.
 */
export function tellSeed(): number {
  const seed = Number(process.env['CAIRN_SEED'] ?? Date.now() % 1_000_000);
  process.stdout.write(`${expect.getState().testPath?.split('/').at(-1)}: CAIRN_SEED=${seed}\n`);
  return seed;
}

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
