/**
 * The seed of a test that chooses at random: told beforehand, so that a failure can be had again with
 * `CAIRN_SEED=<number>`, and another one each time.
 */
export function tellSeed(): number {
  const seed = Number(process.env['CAIRN_SEED'] ?? Date.now() % 1_000_000);
  process.stdout.write(`${expect.getState().testPath?.split('/').at(-1)}: CAIRN_SEED=${seed}\n`);
  return seed;
}
