import type { SourceKind } from './kinds';
import type { Label } from './label';

/** A set as lists show it: read from its name and its manifest. */
export interface BackupSet {
  /** What people type. Metadata: the manifest's name on the target without `.manifest.json`; service data: folder and label. */
  readonly name: string;
  readonly label: Label;
  readonly task: string;
  readonly creation: Label;
  readonly cluster: string;
  readonly source: SourceKind;
  readonly part: string;
  readonly family: 'metadata' | 'data';
  readonly productVersion: string;
  /** Metadata: bytes on the target, archive and manifest. Service data: bytes of all its files. */
  readonly bytes: number;
  /** Service data: the directories that it holds. */
  readonly paths?: readonly string[];
  /** Service data: the same directories, with what each holds. */
  readonly trees?: readonly SetContent[];
  /** Label of the set that it builds on: only what changed since was copied. Absent in a full one. */
  readonly buildsOn?: Label;
  readonly verified: 'readBack' | 'storeChecksum' | 'unverified';
}

/** What a set holds of one directory. */
export interface SetContent {
  readonly path: string;
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  /** Files whose bytes could not be compared when the set was made. */
  readonly unverified: number;
}

/** How deep a verification looks: *structure* = all there, right size; *content* = every byte read and hashed. */
export type VerifyLevel = 'structure' | 'content';

/** What a verification found. A set without problems is sound at that level. */
export interface Verification {
  readonly name: string;
  readonly level: VerifyLevel;
  readonly bytesRead: number;
  /** In words, one each; empty when sound. */
  readonly problems: readonly string[];
}

/** A set whose manifest cannot be relied on: it is listed all the same, with what its name says. */
export interface Damaged {
  readonly name: string;
  readonly label: Label;
  readonly task: string;
  readonly creation: Label;
  /** What is wrong, in words. A sound set has no such field. */
  readonly problem: string;
}
