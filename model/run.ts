import type { CopyLimits } from './copier';
import type { BuiltSource } from './kinds';
import type { Label } from './label';
import type { ChannelFacts } from './notification';
import type { Settings } from './settings';
import type { BackupTask, ChosenSet, RestorationTask, Task, TargetSpec, TaskSource } from './task';

/** What the `cluster` workflow knows of its cluster, from the workers' configuration. No addresses, no secrets. */
export interface ClusterFacts {
  readonly id: string;
  readonly version: string;
  /** What it has; the NameServices serve nameNode and hdfs. */
  readonly services: {
    readonly oms?: true;
    readonly nameNode?: { readonly nameServices: readonly string[] };
  };
  /** Of the manager: NameServices of other clusters that can keep its sets, by cluster; absent for all others. */
  readonly hdfsOf?: { readonly [cluster: string]: readonly string[] };
  /** Names of other clusters' HDFS that its targets may name; absent in what older versions wrote. */
  readonly remoteHdfs?: readonly string[];
  /** Names of the secrets that its targets may name; absent in what older versions wrote. */
  readonly secrets?: readonly string[];
  /** Names of the authorities of certificates that its targets may name; absent where there are none. */
  readonly authorities?: readonly string[];
  /** Management hosts in order; the first live one is active. */
  readonly localBackupHosts: readonly string[];
  /** The folders of the others are kept equal to the active one's; absent where they are not, and in what older versions wrote. */
  readonly mirrored?: boolean;
  /** Hosts that the configuration names, so that they must be served; absent in what older versions wrote. */
  readonly namedHosts?: readonly string[];
  /** Hosts with workers that serve this cluster, or did. */
  readonly hosts: readonly string[];
  readonly settings: Settings;
  /** It gets the product's default task; absent in what older versions wrote. */
  readonly defaultTask?: boolean;
  /** A restoration runs only when a second person has approved it, within so many hours; absent: it needs no approval. */
  readonly approval?: { readonly hours: number };
  /** Who is told what happens; absent where nobody is, and in what older versions wrote. */
  readonly channels?: readonly ChannelFacts[];
}

/** Who started a run: somebody by hand, or the task's own period. */
export type Trigger = 'manual' | 'schedule';
export type RunKind = 'backup' | 'restoration' | 'cleanUp';

/** Tells one run from all others. Lies in the run's memo too, for whoever finds it. */
export interface RunIdentity {
  readonly kind: RunKind;
  /** The key of the request that started it. */
  readonly key: string;
  readonly task: string;
  readonly label: Label;
  readonly trigger: Trigger;
}

/** Two people stand behind a restoration: by the names that they gave, which nobody has checked. */
export interface Approval {
  readonly askedBy: string;
  readonly approvedBy: string;
  /** When, in milliseconds since 1970. */
  readonly approved: number;
}

export interface RunInput<T extends Task = Task> extends RunIdentity {
  readonly cluster: ClusterFacts;
  readonly spec: T;
  /** The task's creation time: part of its folder's name. */
  readonly creation: Label;
  /** Of a restoration, where its cluster wants one. */
  readonly approval?: Approval;
}
export type BackUpInput = RunInput<BackupTask>;
export type RestoreInput = RunInput<RestorationTask>;

/** A source's part of a backup run: what its child workflow is given. */
export interface BackUpPartInput extends Omit<BackUpInput, 'spec'> {
  readonly source: TaskSource;
}
/** A source's part of a restoration run. */
export interface RestorePartInput<Source extends BuiltSource = BuiltSource> extends Omit<RestoreInput, 'spec'> {
  readonly source: Source;
  readonly sets: readonly ChosenSet[];
  readonly anyVersion: boolean;
  /** For copying service data; absent in what older versions wrote. */
  readonly limits?: Partial<CopyLimits>;
}
/** What is left of a run that ended without cleaning up behind itself. */
export interface CleanUpInput extends RunIdentity {
  readonly cluster: ClusterFacts;
  readonly of: RunIdentity;
  readonly spec: Task;
  readonly creation: Label;
}

export const outcomes = ['Successful', 'Failed', 'Stopped'] as const;
export type Outcome = (typeof outcomes)[number];

/** What became of one set of a run. */
export interface PartResult {
  readonly source: BuiltSource;
  readonly part: string;
  readonly outcome: Outcome;
  readonly target?: TargetSpec;
  /** The set's name, when there is one: made by a backup, or restored from. */
  readonly set?: string;
  /** Label of the set that it builds on: an increment. */
  readonly buildsOn?: string;
  readonly bytes: number;
  readonly files: number;
  /** Why it did not succeed, with the error's kind. */
  readonly reason?: string;
  readonly errorKind?: string;
  readonly notes?: readonly string[];
  /** Of a backup to localDir: the host on whose disk the set lies. */
  readonly host?: string;
  /** A restoration failed and what was there before could not be brought back (ALM-12035). */
  readonly revertFailed?: boolean;
}

export interface RunResult extends RunIdentity {
  readonly outcome: Outcome;
  readonly reason?: string;
  /** Milliseconds since 1970. */
  readonly begin: number;
  readonly end: number;
  readonly parts: readonly PartResult[];
  /** Of a restoration that a second person approved. */
  readonly approval?: Approval;
  /** In words: the rules that its task overrides, such as that of equal versions. */
  readonly overridden?: readonly string[];
}

export const phases = [
  'checking',
  'freezing',
  'listing',
  'copying',
  'comparing',
  'dumping',
  'archiving',
  'uploading',
  'committing',
  'pruning',
  'fetching',
  'preparing',
  'loading',
  'adopting',
  'reverting',
  'releasing',
  'done',
] as const;
export type Phase = (typeof phases)[number];

/** What a step tells its run from time to time; shown in the Temporal UI and by `--wait`. */
export interface StepProgress {
  readonly source: BuiltSource;
  readonly part: string;
  readonly phase: Phase;
  readonly bytes?: number;
  readonly totalBytes?: number;
  readonly files?: number;
  readonly totalFiles?: number;
}

/** What the query `progress` of a run answers. */
export interface RunProgress extends RunIdentity {
  readonly phase: Phase;
  readonly begin: number;
  readonly parts: readonly (StepProgress & { readonly outcome?: Outcome; readonly since: number })[];
}

/** The outcome of a run whose parts ended so. */
export function outcomeOf(parts: readonly PartResult[], stopped: boolean): Outcome {
  if (stopped) return 'Stopped';
  return parts.every((part) => part.outcome === 'Successful') ? 'Successful' : 'Failed';
}

/** What is given up in the cluster when a task is deleted: the views that its runs had frozen. */
export interface ReleaseTaskInput {
  readonly cluster: ClusterFacts;
  readonly spec: BackupTask;
  readonly creation: Label;
  /** No run of the task had a later one: what has is of a task made anew in its folder. Absent in inputs of older versions. */
  readonly lastLabel?: Label;
}
