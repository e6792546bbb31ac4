import '../../model/dispose';
import type { BackupTarget } from '../../model/target';
import { bodyCases } from './bodies';
import type { OpenTarget, TargetCase } from './case';
import { listingCases } from './listing';
import { nameCases } from './names';
import { objectCases } from './objects';
import { readingCases } from './reading';
import { resumingCases } from './resuming';
import { snapshotCases } from './snapshots';

export type { OpenTarget, OptionalMethod, TargetCase } from './case';

/**
 * The obligations of every `BackupTarget`, as data. The tests run them on each target that cairn has
 * (`test/conformance/target.ts`), `cairn target check` on an operator's own storage: so nothing here needs a test runner.
 */
export const targetCases: readonly TargetCase[] = [
  ...objectCases,
  ...readingCases,
  ...listingCases,
  ...nameCases,
  ...bodyCases,
  ...resumingCases,
  ...snapshotCases,
];

/** Why the target is not asked, or undefined. */
export function reasonToSkip({ needs }: TargetCase, target: BackupTarget): string | undefined {
  return needs !== undefined && target[needs] === undefined ? `the target has no ${needs}` : undefined;
}

/** Runs a case below a prefix that nobody else uses, and removes what it left there. Throws when it fails. */
export async function runTargetCase(testCase: TargetCase, open: OpenTarget, prefix: string): Promise<void> {
  try {
    await testCase.run(open, prefix);
  } finally {
    await removeAll(open, prefix);
  }
}

/** Removes what lies below the prefix, but for what is to be kept. */
export async function removeAll(
  open: OpenTarget,
  prefix: string,
  isKept: (name: string) => boolean = () => false,
): Promise<void> {
  const target = await open();
  try {
    for (const folder of (await target.snapshots?.folders(prefix)) ?? []) await removeFolder(target, folder);
    for await (const { name } of target.list(prefix)) if (!isKept(name)) await target.remove(name);
    await target.clean?.(prefix);
  } finally {
    await target[Symbol.asyncDispose]();
  }
}

async function removeFolder({ snapshots }: BackupTarget, folder: string): Promise<void> {
  for (const name of (await snapshots?.list(folder)) ?? []) await snapshots?.remove(folder, name);
  await snapshots?.close(folder);
}
