import type { Control } from './control';
import type { ErrorKind } from './errors';
import type { BackupTarget } from './target';

/** What a check of a target asks for. */
export interface CheckSettings {
  /** Megabytes (2^20) of the body by which the speed is measured. */
  readonly mib: number;
  /** A case that has not ended after so long has failed. */
  readonly caseSeconds: number;
}

export const usualCheck: CheckSettings = { mib: 64, caseSeconds: 120 };

/** What became of one obligation of a target. `why`: the reason of a failure with its hint, or why it was not asked. */
export interface CaseResult {
  /** A sentence about a target. */
  readonly name: string;
  readonly outcome: 'ok' | 'failed' | 'notAsked';
  readonly why?: string;
}

export interface TargetSpeed {
  /** Of the body that was written and read back. */
  readonly bytes: number;
  readonly writeBytesPerSecond: number;
  readonly readBytesPerSecond: number;
  readonly smallFiles: { readonly files: number; readonly bytes: number; readonly perSecond: number };
  /** Milliseconds of `stat`, the median of so many. */
  readonly latency: { readonly milliseconds: number; readonly calls: number };
}

/** What a check found on one target, from one host. It is well when nothing has failed, and no problem and nothing left is told. */
export interface TargetFinding {
  /** The folder on the target that everything was done in. */
  readonly folder: string;
  /** What hinders everything: then no case was asked. */
  readonly problem?: { readonly kind: ErrorKind; readonly reason: string };
  readonly cases: readonly CaseResult[];
  readonly speed?: TargetSpeed | { readonly failed: string };
  /** Why the folder could not be removed. */
  readonly left?: string;
}

/** What an attempt reports as its resume point: the next one goes on behind it, and people see it as it comes. */
export interface CheckedSoFar {
  readonly cases: readonly CaseResult[];
}

/** How targets are checked. Plug-ins of the worker bring it: it knows what every target promises. */
export interface TargetCheck {
  /**
   * Asks the target for everything that it promises, in a folder of its own that is removed at the end. What is found is
   * told, not thrown; only a stop is thrown.
   */
  run(
    open: () => Promise<BackupTarget>,
    folder: string,
    settings: CheckSettings,
    control: Control,
  ): Promise<TargetFinding>;
  /** Removes such a folder with all that lies in it. An absent one is fine. */
  clear(open: () => Promise<BackupTarget>, folder: string): Promise<void>;
}

export function isWell({ problem, cases, speed, left }: TargetFinding): boolean {
  const isMeasured = speed === undefined || !('failed' in speed);
  return (
    problem === undefined && left === undefined && isMeasured && cases.every(({ outcome }) => outcome !== 'failed')
  );
}
