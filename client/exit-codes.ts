import { BackupError, type ErrorKind } from '../model/errors';
import type { Refusal } from '../model/command';
import type { RunResult } from '../model/run';
import type { FoundRemains } from '../model/remains';
import type { Verification } from '../model/set';
import { isWell, type TargetFinding } from '../model/target-check';

/** What `cairn` ends with; docs/operations.md explains them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** Some sets of the run were made or restored, some were not; some targets could be listed, some clusters asked, some could not. */
  partly: 3,
  notFound: 10,
  /** The cluster's queue said no: it runs already, too many wait … */
  refused: 11,
  denied: 12,
  /** A set is not what it was when it was made. */
  unsound: 13,
  interrupted: 130,
} as const;

const ofRefusals: { readonly [refusal in Refusal]: number } = {
  unknownTask: exitCodes.notFound,
  unknownCluster: exitCodes.notFound,
  alreadyRunning: exitCodes.refused,
  queueFull: exitCodes.refused,
  notStartable: exitCodes.refused,
  notRunning: exitCodes.refused,
  notAwaited: exitCodes.refused,
  samePerson: exitCodes.denied,
  notPlanned: exitCodes.refused,
  postponed: exitCodes.refused,
  locked: exitCodes.refused,
  tooOld: exitCodes.refused,
  inUse: exitCodes.refused,
  limit: exitCodes.refused,
  invalid: exitCodes.usage,
  tooLarge: exitCodes.usage,
};

const ofKinds: { readonly [kind in ErrorKind]?: number } = {
  invalid: exitCodes.usage,
  missing: exitCodes.notFound,
  denied: exitCodes.denied,
};

export function exitCodeOfError(error: unknown): number {
  if (!(error instanceof BackupError)) return exitCodes.failed;
  const refusal = error.context['refusal'] as Refusal | undefined;
  return (refusal === undefined ? ofKinds[error.kind] : ofRefusals[refusal]) ?? exitCodes.failed;
}

export function exitCodeOfRun({ outcome, parts }: RunResult): number {
  if (outcome === 'Successful') return exitCodes.ok;
  return parts.some((part) => part.outcome === 'Successful') ? exitCodes.partly : exitCodes.failed;
}

export function exitCodeOfCheck(found: readonly TargetFinding[]): number {
  if (found.every(isWell)) return exitCodes.ok;
  return found.some(({ problem }) => problem?.kind === 'denied') ? exitCodes.denied : exitCodes.failed;
}

/** Of what was to be removed, not only told. */
export function exitCodeOfCleaning(found: readonly Pick<FoundRemains, 'count' | 'removed'>[]): number {
  return found.every(({ count, removed }) => count === removed) ? exitCodes.ok : exitCodes.partly;
}

export function exitCodeOfVerification(found: readonly Verification[]): number {
  return found.every(({ problems }) => problems.length === 0) ? exitCodes.ok : exitCodes.unsound;
}
