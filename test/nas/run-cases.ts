import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { casesOf, type Family } from './cases';
import { type NasCase, openNasSite } from './nas';

/** What came of a case; `error` is absent when it passed. */
export interface CaseResult {
  readonly name: string;
  readonly milliseconds: number;
  readonly error?: string;
}

/** Longer than any case takes there; one that hangs costs its own result only. */
const longestMs = 600_000;

/** Runs all cases one after the other; each result is written at once, a line of JSON, so that an end in the middle is seen. */
async function main(): Promise<void> {
  const [, , work = '', family = '', only = ''] = process.argv;
  const results = join(work, 'results');
  await writeFile(results, '');
  const nas = await openNasSite(work);
  const isTried = ({ name, reasonNotTo }: NasCase) => reasonNotTo === undefined && new RegExp(only).test(name);
  for (const { name, run } of casesOf(family as Family).filter(isTried)) {
    const begin = Date.now();
    const error = await withinTime(run(nas).finally(() => nas.closeAll())).then(
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
