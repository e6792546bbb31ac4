import type { Readable } from 'node:stream';
import type { Control } from './control';

/** Facts about a place. */
export interface TargetTraits {
  /** `put` is never seen half done, not even after a crash. cairn requires it. */
  readonly atomicPut: true;
  /** Sets are snapshots of a directory tree (HDFS). */
  readonly snapshots: boolean;
  /** A Hadoop job can write to it by itself. */
  readonly distCp: boolean;
  /** Lies on the disk of particular hosts: steps run on their queues. */
  readonly hostBound: boolean;
}

/** An object on a target. */
export interface Stored {
  /** Relative to the target, forward slashes. */
  readonly name: string;
  readonly bytes: number;
}

/** What is to be stored. `open(from)` gives the bytes from that offset on, so that an upload can resume. */
export interface Body {
  /** Absent when unknown beforehand. */
  readonly bytes?: number;
  open(from: number): Promise<Readable>;
}

/** Bytes `start` to `end`, both included. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * A place where sets are kept.
 *
 * Obligations, checked by `test/conformance/target.ts` and by `cairn target check`:
 * durable when `put` returns; read-after-write; names are never interpreted beyond `/`; a name that would leave
 * the target is `invalid`. No method retries by itself; each may be called again after it was cut off.
 * Error kinds: `denied`, `full`, `unavailable`, `missing` (only `get`), `invalid`.
 */
export interface BackupTarget extends AsyncDisposable {
  readonly traits: TargetTraits;
  /** Whole or not at all; replaces what had the name. A body that ends early or late is `corrupt`, nothing is stored. */
  put(name: string, body: Body, control?: Control): Promise<Stored>;
  /** `missing` when absent. A stream that ends early errors, it never just ends. */
  get(name: string, range?: Range): Promise<Readable>;
  /** Absent is an answer, not an error. */
  stat(name: string): Promise<Stored | undefined>;
  /** All objects whose name begins with `prefix + '/'` (or all, for ''), in any order; an absent prefix is empty. Unfinished puts are not listed. */
  list(prefix: string): AsyncIterable<Stored>;
  /** Absent is fine. */
  remove(name: string): Promise<void>;
  /** Removes what cut-off puts left under the prefix. Only called when no run writes there. */
  clean?(prefix: string): Promise<void>;
  freeBytes?(): Promise<number>;
  /** Where a Hadoop job can write by itself. */
  locate?(name: string): Location;
  snapshots?: TargetSnapshots;
}

/** A tree that a copier can read or write. `host` names the host whose disk it lies on. */
export interface Location {
  readonly uri: string;
  readonly host?: string;
}

/** Snapshots of a folder of the target; the set's commit for service data on HDFS. */
export interface TargetSnapshots {
  create(folder: string, name: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  remove(folder: string, name: string): Promise<void>;
}
