/**
 * A test that this machine, or this target, may not be able to run. Without a reason it is an ordinary test; with one
 * it is skipped under a name that tells the reason. `test/run.mjs` prints it at the end, and lists which reasons CI may have.
 *
 *     testWhere(canMount ? undefined : 'this system does not let us mount')('a full disk is told as full', async () => …);
 */
export function testWhere(reasonNotTo: string | undefined) {
  return (name: string, run: () => Promise<unknown>, timeoutMs?: number): void => {
    if (reasonNotTo === undefined) test(name, run, timeoutMs);
    else test.skip(`${name} [skipped: ${reasonNotTo}]`, run);
  };
}

/** Like `testWhere`, for all tests of a block. */
export function describeWhere(reasonNotTo: string | undefined) {
  return (name: string, tests: () => void): void => {
    if (reasonNotTo === undefined) describe(name, tests);
    else describe.skip(`${name} [skipped: ${reasonNotTo}]`, tests);
  };
}
