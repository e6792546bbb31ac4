import type { Control } from './control';
import type { Location } from './target';

/** A tree to copy: after it, `to` is as `from` is, with attributes; what `from` does not have is gone. */
export interface CopyTree {
  readonly from: Location;
  readonly to: Location;
  /**
   * The snapshot that both sides have of the same state: `to` is as it was then, only what `from` changed since needs to be
   * copied. Where that cannot be, everything is.
   */
  readonly since?: string;
}

/** The product's limits for its DistCp jobs (product facts §4). */
export interface CopyLimits {
  /** Of Yarn. */
  readonly queue: string;
  readonly maps: number;
  /** MB/s that each map may take. */
  readonly bandwidth: number;
}

/** A copy that a run does. */
export interface Copy {
  /** The same for all attempts, no other copy's: lower-case letters, digits and `-`. By it a copier finds its own work again. */
  readonly id: string;
  readonly trees: readonly CopyTree[];
  readonly limits: CopyLimits;
}

/** What a part of a copy did, as far as the tool that did it tells. */
export interface Copied {
  readonly files?: number;
  readonly bytes?: number;
  /** What was equal already and was not copied again. */
  readonly skippedBytes?: number;
  /** Why everything was copied where only what changed was asked for. */
  readonly whole?: string;
  /** The job that did it, for people: `application_…`. */
  readonly job?: string;
}

/**
 * Copies trees. The parts of a plan are long steps of their own, done one after the other; each may be cut off at any
 * point and done again, also by another worker: what goes on or is done already is found again, never doubled.
 * Errors: `precondition` (no command, no such queue), `denied`, `full`, `missing`, `cancelled`, `unavailable`.
 */
export interface Copier {
  accepts(tree: CopyTree): boolean;
  /** How many parts there are. Throws where it cannot be done; changes nothing. */
  plan(copy: Copy): Promise<{ readonly parts: number }>;
  /** Returns when the part (from 0) is done. Aborted, it leaves nothing running. */
  copyPart(copy: Copy, part: number, control: Control): Promise<Copied>;
  /**
   * Makes sure that nothing of the copy runs any more or lies about: processes, jobs, staging, temporary files at the
   * place it wrote to. What was copied stays. Safe to repeat; nothing there is fine.
   */
  clear(copy: Copy): Promise<void>;
}

/** The limits that are set, and the product's where none is (product facts §4). */
export function limitsOf({ queue = 'default', maps = 20, bandwidth = 100 }: Partial<CopyLimits> = {}): CopyLimits {
  return { queue, maps, bandwidth };
}
