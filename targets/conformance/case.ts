import type { BackupTarget } from '../../model/target';

/** Opens the target under test; each call gives a new connection to the same place. */
export type OpenTarget = () => Promise<BackupTarget>;

/** Methods that a target may lack. */
export type OptionalMethod = 'clean' | 'remains' | 'freeBytes' | 'snapshots';

/** One obligation of a target. Throws when it is not met. */
export interface TargetCase {
  /** A sentence about a target. */
  readonly name: string;
  /** A target without this method is not asked. */
  readonly needs?: OptionalMethod;
  /** It names what is not below its prefix, to see it refused or listed: nothing to do on an operator's target. */
  readonly reachesOut?: true;
  /** Touches only what is below `prefix`; what it leaves there is removed afterwards. */
  run(open: OpenTarget, prefix: string): Promise<void>;
}

/** A case that needs one connection only. */
export function onTarget(use: (target: BackupTarget, prefix: string) => Promise<void>): TargetCase['run'] {
  return async (open, prefix) => {
    const target = await open();
    try {
      await use(target, prefix);
    } finally {
      await target[Symbol.asyncDispose]();
    }
  };
}
