import type { Notification } from './notification';

/**
 * A way by which notifications reach somebody: a webhook, e-mail.
 *
 * `deliver` may be called again with the same notification: whoever receives it tells doubles by its id. Errors are
 * `BackupError`s, and none holds an address's path, a secret or what the other side sent back as a body.
 */
export interface Channel {
  /** Once; answers what the other side said. See `DeliveryTrouble` for the context of its errors. */
  deliver(notification: Notification, signal: AbortSignal): Promise<string>;
  /** Throws when its secrets, or the files that it needs, are not there. Opens no connection. */
  check(): Promise<void>;
}

/** What the context of an error may tell of a delivery that failed. */
export interface DeliveryTrouble {
  /** Milliseconds that the receiver wants to be left alone. */
  readonly afterMs?: number;
  /** The receiver wants nothing of this any more. */
  readonly isGone?: boolean;
}
