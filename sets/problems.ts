import type { Control } from '../model/control';
import { type BackupError, isKind } from '../model/errors';
import type { VerifyLevel } from '../model/set';
import type { BackupTarget } from '../model/target';

/** A verification that is going on. */
export interface Verifying {
  readonly target: BackupTarget;
  readonly name: string;
  readonly level: VerifyLevel;
  readonly control: Control;
  /** Is told how many bytes were read. */
  count(bytes: number): void;
  /** Is told each problem, in words. */
  note(problem: string): void;
}

/** Problems that are told in words; the others are counted. */
const toldProblems = 100;

/** All that was noted, and the damage that ended the check; other errors are thrown. */
export async function withProblems(check: (note: Verifying['note']) => Promise<void>): Promise<string[]> {
  const problems: string[] = [];
  let others = 0;
  const note = (problem: string) => void (problems.length < toldProblems ? problems.push(problem) : (others += 1));
  await notingDamage(note, () => check(note));
  return others === 0 ? problems : [...problems, `and ${others} more problems`];
}

/** Damage is noted; other errors are thrown. */
export async function notingDamage(note: Verifying['note'], check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!isKind(error, 'corrupt')) throw error;
    note((error as BackupError).what);
  }
}
