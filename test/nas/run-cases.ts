import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nasCases } from './cases';
import { openNasSite } from './nas';

/** What came of a case; `error` is absent when it passed. */
export interface CaseResult {
  readonly name: string;
  readonly milliseconds: number;
  readonly error?: string;
}

/** Longer than any case takes there; one that hangs costs its own result only. */
const longestMs = 90_000;

/** Runs all cases one after the other; each result is written at once, a line of JSON, so that an end in the middle is seen. */
async function main(): Promise<void> {
  const [, , work = '', only = ''] = process.argv;
  const results = join(work, 'results');
  await writeFile(results, '');
  const nas = await openNasSite(work);
  for (const { name, run } of nasCases.filter((one) => one.name.includes(only))) {
    const begin = Date.now();
    const error = await withinTime(run(nas)).then(
      () => undefined,
      (cause: unknown) => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
    );
    const result: CaseResult = { name, milliseconds: Date.now() - begin, ...(error !== undefined && { error }) };
    await appendFile(results, `${JSON.stringify(result)}\n`);
  }
}

async function withinTime(running: Promise<void>): Promise<void> {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    clock = setTimeout(() => reject(new Error(`did not end within ${longestMs} ms`)), longestMs);
  });
  await Promise.race([running, late]).finally(() => clearTimeout(clock));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
