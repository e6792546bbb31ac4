import type { Readable } from 'node:stream';

/**
 * The mirror of localDir: of the management hosts the first live one is *active* and keeps the sets; the LocalBackup
 * folder of each other one, a *standby*, is kept equal to its, so that the next one can serve when it is lost.
 */

/** A set as a host lists it to another one. */
export interface PeerSet {
  readonly name: string;
  /** Of its manifest as it lies there; '' where that cannot be read. */
  readonly sha256: string;
  /** Why it cannot be relied on. */
  readonly problem?: string;
  /** Whoever asks had it, too, when both were compared last. */
  readonly known?: boolean;
}

export interface PeerSets {
  readonly sets: readonly PeerSet[];
  /** Names of sets that retention removed there, as far back as the host remembers. */
  readonly removed: readonly string[];
}

/**
 * The sets of a cluster in another host's LocalBackup, read through the worker there. Errors: `unavailable` (no answer, or
 * one that broke off), `denied` (it believes not us, or we not it), `missing`, `corrupt`.
 */
export interface Peer {
  readonly host: string;
  list(signal: AbortSignal): Promise<PeerSets>;
  /** The text of a set's manifest. */
  manifest(name: string, signal: AbortSignal): Promise<string>;
  /** The bytes of a set's archive, from that offset on. */
  archive(name: string, from: number, signal: AbortSignal): Promise<Readable>;
}

/** What became of one comparison of a host with the active one. */
export interface MirrorReport {
  readonly host: string;
  /** The active host; the host itself where it is that. */
  readonly of: string;
  /** Sets that the host lacks; absent where nobody could count them. */
  readonly behind?: number;
  /** Why it is not equal; absent when it is. */
  readonly reason?: string;
}
