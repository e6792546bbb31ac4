import type { Readable } from 'node:stream';
import type { Control } from './control';
import type { TreeReader } from './tree';

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
  /**
   * Same id, same bytes: what a cut-off `put` of this name and id has stored may be gone on from. Absent: begun anew.
   * Letters, digits, `_` and `-`, at most 64: it may become part of a file's name.
   */
  readonly id?: string;
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
 * Obligations, checked by `targets/conformance` and by `cairn target check`:
 * durable when `put` returns; read-after-write; names are never interpreted beyond `/`; a name that would leave
 * the target is `invalid`. No method retries by itself; each may be called again after it was cut off.
 * Error kinds: `denied`, `full`, `unavailable`, `missing` (only `get`), `invalid`.
 */
export interface BackupTarget extends AsyncDisposable {
  readonly traits: TargetTraits;
  /**
   * Whole or not at all; replaces what had the name. A body that ends early or late is `corrupt`, nothing is stored. One
   * with an `id` that was cut off is gone on from: of what the attempt before sent, at most 64 MiB are sent again. What it
   * found there is taken for right: the caller reads all back.
   */
  put(name: string, body: Body, control?: Control): Promise<Stored>;
  /** `missing` when absent. A stream that ends early errors, it never just ends. */
  get(name: string, range?: Range): Promise<Readable>;
  /** Absent is an answer, not an error. */
  stat(name: string): Promise<Stored | undefined>;
  /** All objects whose name begins with `prefix + '/'` (or all, for ''), in any order; an absent prefix is empty. Unfinished puts are not listed, nor what lies in folders with snapshots. */
  list(prefix: string): AsyncIterable<Stored>;
  /** Absent is fine. */
  remove(name: string): Promise<void>;
  /** Removes what cut-off puts left under the prefix. Only called when no run writes there. */
  clean?(prefix: string): Promise<void>;
  /**
   * What `clean` of the prefix would remove now, one of each put, with the bytes that it takes as far as they are known. Its
   * name lies in the folder of the object that the put would have made, and may be that object's. An absent prefix is empty.
   */
  remains?(prefix: string): AsyncIterable<Stored>;
  freeBytes?(): Promise<number>;
  /**
   * Keeps objects from being removed or replaced, for as long as the target was told; again prolongs it. To `remove` a locked
   * object is `precondition`, with `lockedUntil` (a time of ISO 8601) in the error's context. Absent where nothing is locked.
   */
  lock?(names: readonly string[]): Promise<void>;
  /**
   * Where a Hadoop job can write by itself; for a name that leads into a snapshot (`<folder>/.snapshot/<name>/…`), where it
   * can read what the folder held then. Such names are also for `get`, `stat` and `list`; to write there is `invalid`.
   */
  locate?(name: string): Location;
  snapshots?: TargetSnapshots;
}

/** A tree that a copier can read or write. `host` names the host whose disk it lies on. */
export interface Location {
  readonly uri: string;
  readonly host?: string;
}

/**
 * Snapshots of folders of the target: what a copier wrote there is a set from the moment that its snapshot has the set's
 * name. Folders are names on the target. `list` of the target leaves such folders out: they may hold millions of files.
 */
export interface TargetSnapshots {
  /**
   * Makes the folder, and lets it have snapshots; both may be so already. `conflict` where a directory above or below it
   * has snapshots of its own.
   */
  open(folder: string): Promise<void>;
  /** There already is fine. */
  create(folder: string, name: string): Promise<void>;
  /** In one step. Already renamed (`from` gone, `to` there) is fine; `missing` when neither is there. */
  rename(folder: string, from: string, to: string): Promise<void>;
  /** By name; empty when the folder is absent or has none. */
  list(folder: string): Promise<readonly string[]>;
  /** Absent is fine. */
  remove(folder: string, name: string): Promise<void>;
  /**
   * Names below the folder that differ between two snapshots (`''` = as it is now), at most `most`. A directory that
   * entries came to or left may be among them. `missing`.
   */
  changes(folder: string, from: string, to: string, most: number): Promise<readonly string[]>;
  /** The folders below the prefix ('' for all) that may have snapshots, by name. */
  folders(prefix: string): Promise<readonly string[]>;
  /** Removes a tree of the folder as it is now; its snapshots keep theirs. Absent is fine. */
  discard(folder: string, name: string): Promise<void>;
  /** Removes the folder with all in it; `conflict` while it has snapshots. Absent is fine. */
  close(folder: string): Promise<void>;
  /** Reads a tree of a folder as it is now, or as it was in a snapshot. */
  read(folder: string, snapshot: string | undefined, name: string): TreeReader;
}
