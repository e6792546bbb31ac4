import type { CopyTree } from './copier';
import type { Control } from './control';
import type { Resolved } from './hdfs-rows';
import type { Label } from './label';
import type { Location } from './target';
import type { TreeReader } from './tree';

/** Facts about a source of service data; what depends on them is decided elsewhere, from this data. */
export interface DataTraits {
  /** The service must be stopped before data is put live; `checkRestore` makes sure. */
  readonly stoppedForRestore: boolean;
}

/** Which run of which task had a view frozen; part of the name that it has in the cluster. */
export interface FreezeId {
  readonly task: string;
  readonly creation: Label;
  readonly label: Label;
}

/**
 * Large data that is frozen by a snapshot, copied, and released.
 *
 * Every method may be called again after it was cut off at any point, and by another process: none keeps state in
 * memory between calls; what must be remembered is written into the cluster, under names that hold the run's label.
 * None retries by itself. Errors are `BackupError`s.
 */
export interface DataSource<Spec> {
  readonly traits: DataTraits;

  /**
   * What a backup would take now: what the spec names, and what its rows match, where it has some. Asked once in a run, and
   * only where there are rows; the spec of all its further steps names what is answered here. Changes nothing.
   * `precondition` where a row looks in a place that is not there, `missing` where nothing matches, `invalid` where too
   * much does.
   */
  resolve(spec: Spec): Promise<Resolved>;

  /**
   * Throws where the data cannot be backed up: `missing`, `unsupported` (encrypted), `precondition` (nested snapshottable
   * directories), `conflict` (the target `into` lies inside the source). Changes nothing.
   */
  checkBackUp(spec: Spec, into: Location | undefined): Promise<void>;

  /** What a backup would copy now, in all, its rows resolved. Changes nothing; `missing` where a directory of the spec is not there. */
  contentOf(spec: Spec): Promise<Content>;

  /**
   * Freezes everything of the spec under the id: same id, same view, however often it is called. Only what cairn allowed
   * by itself is disallowed again by `release`. `precondition`, and nothing is made, when one of the directories has no
   * room for one more snapshot.
   */
  freeze(spec: Spec, id: FreezeId, control: Control): Promise<Frozen>;

  /**
   * How the snapshots of the frozen view of this id are called, one for each directory that the spec names, for a copier that
   * copies what changed since; undefined where one of them does not stand any more. Changes nothing.
   */
  standing(spec: Spec, id: FreezeId): Promise<readonly string[] | undefined>;

  /** Reads a tree of a frozen view, or one that `prepare` answered. */
  read(spec: Spec, at: Location): TreeReader;

  /**
   * Gives up the frozen view of this id, and nothing else. Already gone is fine. Where the spec has rows, also by one who
   * does not know what they had matched.
   */
  release(spec: Spec, id: FreezeId): Promise<void>;

  /**
   * Keeps the newest `points` frozen views of the task (the product's recovery points) and gives up its older ones; with
   * 0 all, also on what the task's spec does not name any more. Views of other tasks stay, and so do those with a label after
   * `upTo`: a task that was deleted and made anew may go on under the same creation.
   */
  keepNewest(spec: Spec, task: Pick<FreezeId, 'task' | 'creation'>, points: number, upTo?: Label): Promise<void>;

  /** What putting these trees live would replace. Changes nothing; throws what `checkRestore` throws. */
  describeReplaced(spec: Spec, trees: readonly SetTree[]): Promise<readonly Replaced[]>;

  /** Throws where these trees cannot be put where they shall go. Changes nothing. */
  checkRestore(spec: Spec, trees: readonly SetTree[]): Promise<void>;

  /**
   * Makes ready for the trees of a set: answers for each where a copier writes it. What is there stays in use meanwhile,
   * but for trees that are copied in place; there, the state before is kept first.
   */
  prepare(spec: Spec, trees: readonly SetTree[], label: Label, control: Control): Promise<readonly Prepared[]>;

  /**
   * Puts the copied trees live and keeps what was there before, under the label. What somebody else has made in a place
   * meanwhile is kept, too.
   */
  adopt(spec: Spec, trees: readonly SetTree[], label: Label, control: Control): Promise<void>;

  /**
   * Brings back the state before the restoration `label`, whatever it had done by then. Answers what a copier still has
   * to copy back (trees that were copied in place); `forget` is called after that. Nothing kept = nothing to do. Where an
   * adopted restoration has begun to be forgotten, there is no way back: it is forgotten, so that no two states mix.
   */
  revert(spec: Spec, trees: readonly SetTree[], label: Label): Promise<readonly CopyTree[]>;

  /**
   * After the restoration `label` ended, well or reverted: drops everything that was kept or made under the label. After
   * it ended well, also what older ones have left of what they kept of these places. The error names what is left;
   * `conflict` when that is only what somebody else has made meanwhile, which is never dropped.
   */
  forget(spec: Spec, trees: readonly SetTree[], label: Label): Promise<void>;
}

/** How much there is. Bytes are bytes, without replication. */
export interface Content {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

/** What a freeze made. Small: it travels through a workflow's history. */
export interface Frozen {
  readonly trees: readonly FrozenTree[];
  readonly componentVersion?: string;
  /** For the manifest: facts worth reading. */
  readonly facts: { readonly [name: string]: string | number };
  /** What a person should know, in words. */
  readonly notes: readonly string[];
}

export interface FrozenTree {
  /** How people know it: an absolute path of HDFS. */
  readonly path: string;
  /** Where a copier reads it. */
  readonly location: Location;
}

/** A tree of a set, and where a restoration puts it. */
export interface SetTree {
  /** Its place among the set's trees, from 0. */
  readonly number: number;
  /** Where it was when it was backed up. */
  readonly path: string;
  /** Where it goes. */
  readonly to: string;
}

export interface Prepared {
  readonly number: number;
  readonly location: Location;
}

/** What a restoration would do with one tree of a set. */
export interface Replacing extends Replaced {
  /** Where it was when it was backed up. */
  readonly path: string;
  /** What comes. */
  readonly brings: Content;
}

/** What a restoration would do to one place. Bytes are bytes. */
export interface Replaced {
  readonly to: string;
  /** Undefined where nothing is there. */
  readonly there?: Content;
  /** Kept until it succeeded: `snapshot` = copied in place over it, `aside` = the whole is renamed. */
  readonly how: 'nothingThere' | 'snapshot' | 'aside';
  /** Files there that somebody holds open for writing; at most some. */
  readonly openFiles: readonly string[];
}
