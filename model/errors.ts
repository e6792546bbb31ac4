/**
 * The one kind of error that cairn's own code throws.
 *
 * A kind says what the *caller* can do about it; `retried` says whether Temporal tries the step again.
 * Every kind is explained for people in docs/errors.md.
 */
export const errorKinds = {
  /** The input is wrong: a field, a name, a combination. */
  invalid: { retried: false },
  /** cairn or the product does not offer this. */
  unsupported: { retried: false },
  /** The world is not ready: a service runs that must be stopped, a command is not configured. */
  precondition: { retried: false },
  /** The other side refuses these credentials or rights. */
  denied: { retried: false },
  /** Something named does not exist. */
  missing: { retried: false },
  /** Something else is there, or going on, already. */
  conflict: { retried: false },
  /** Data is not what its digest, its size or its format says. */
  corrupt: { retried: false },
  /** A disk, a quota or a limit is reached. */
  full: { retried: false },
  /** A person stopped it. */
  cancelled: { retried: false },
  /** Not reachable or not answering now; may pass by itself. */
  unavailable: { retried: true },
} as const;

export type ErrorKind = keyof typeof errorKinds;

/** Facts beside the message: plain data without secrets. `hint` says what to do. */
export interface ErrorContext {
  readonly hint?: string;
  /** When a step that is tried again shall be; by its retry policy when absent. */
  readonly retryAfterMs?: number;
  readonly [key: string]: unknown;
}

/**
 * Message form: lower case, no full stop, what failed and on what; the hint follows as `HINT: …`.
 */
export class BackupError extends Error {
  override readonly name = 'BackupError';

  constructor(
    readonly kind: ErrorKind,
    readonly what: string,
    readonly context: ErrorContext = {},
    options?: { cause?: unknown },
  ) {
    super(context.hint === undefined ? what : `${what} HINT: ${context.hint}`, options);
  }
}

/** True for errors of this kind; false for anything else that was thrown. */
export function isKind(error: unknown, kind: ErrorKind): boolean {
  return error instanceof BackupError && error.kind === kind;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
