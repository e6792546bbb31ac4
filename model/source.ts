import type { Control } from './control';
import type { Directory } from './directory';
import type { Label } from './label';

/** Facts about a metadata source; what depends on them is decided elsewhere, from this data. */
export interface MetadataTraits {
  /** The service must be stopped before `load`; `check(…, 'restore')` makes sure. */
  readonly stoppedForRestore: boolean;
  /** May not share a restoration task with another metadata source (product facts §7). */
  readonly exclusiveRestore: boolean;
  /** The product's 20 GB rule holds for it, whatever its target (product facts §2). */
  readonly needsFreeDisk: boolean;
}

/**
 * Small data that is dumped whole into files and archived as one tar.gz.
 *
 * Every method may be called again after it was cut off at any point, and by another process: none keeps state
 * in memory between calls. None retries by itself. Errors are `BackupError`s.
 */
export interface MetadataSource<Spec> {
  readonly traits: MetadataTraits;

  /**
   * Throws where the purpose cannot be met: `precondition` (a service runs or is missing), `unsupported`,
   * `invalid`, `denied`. Changes nothing. For 'restore' it is called right before `load`, too.
   */
  check(spec: Spec, purpose: 'backUp' | 'restore'): Promise<void>;

  /**
   * Writes the data of this moment into the existing folder `into` and describes it.
   * Nothing acknowledged by the service before the call is missing. Files of an older attempt are replaced.
   */
  dump(spec: Spec, into: Directory, control: Control): Promise<Dumped>;

  /**
   * Puts the files of `from` live. First checks all of them (`corrupt`), then keeps the state before under
   * `label`, then replaces. Repeatable: a second call with the same label goes on where the first was cut off.
   */
  load(spec: Spec, from: Directory, label: Label, control: Control): Promise<void>;

  /** Brings back the state before the restoration `label`. Nothing kept under it = nothing to do. */
  revert(spec: Spec, label: Label): Promise<void>;

  /**
   * After the restoration `label` succeeded: drops what earlier restorations kept. What `label` kept stays
   * until the next success, so that a person can still go back by hand.
   */
  forget(spec: Spec, label: Label): Promise<void>;
}

/** What a dump says of itself, for the manifest: version of the component, and facts worth reading. */
export interface Dumped {
  readonly componentVersion?: string;
  readonly facts: { readonly [name: string]: string | number };
  /** What a person should look at, in words; absent or empty: nothing. */
  readonly notes?: readonly string[];
}

/** One set that a source of a task leaves: the NameNode leaves one for each NameService, most sources leave one. */
export interface Part<Spec> {
  /** Distinguishes the parts of a source: a NameService, or `''` where there is only one. */
  readonly part: string;
  /** How the source is written in the set's name: `NameNode`, `NameNode-ns2`. */
  readonly writtenAs: string;
  readonly spec: Spec;
  /** Hosts that can dump it, in order; empty: any worker. */
  readonly dumpHosts: readonly string[];
  /** Hosts that can load it, in order; empty: any worker. */
  readonly loadHosts: readonly string[];
}
