import type { Copier } from '../model/copier';
import type { DataSource } from '../model/data-source';
import type { DataKind, MetadataKind } from '../model/kinds';
import type { Peer } from '../model/mirror';
import type { ClusterFacts } from '../model/run';
import type { MetadataSource, Part } from '../model/source';
import type { BackupTarget } from '../model/target';
import type { TargetCheck } from '../model/target-check';
import type { TargetSpec, TaskSource } from '../model/task';
import type { Spool } from '../sets/spool';

/** A metadata source of a cluster, opened with what the worker's configuration says about it. */
export interface OpenedSource {
  readonly source: MetadataSource<unknown>;
  /** The sets that a task's entry makes; all that the cluster has when no entry is given. */
  parts(entry?: TaskSource['entry']): readonly Part<unknown>[];
}

/** A source of service data, opened for what a task's entry names, or for what a set was made of. */
export interface OpenedDataSource {
  readonly source: DataSource<unknown>;
  readonly spec: unknown;
}

/** What a spec of service data is made from: a task's entry, or the facts of a set's manifest. */
export type DataSpecOrigin =
  | {
      readonly entry: TaskSource['entry'];
      /** All that a run takes, where the entry has rows and they are resolved. */
      readonly paths?: readonly string[];
    }
  | { readonly facts: { readonly [name: string]: string | number } };

/** What activities are given: everything concrete, built in `workers/` and in tests. */
export interface Plugins {
  /** This worker's host name. */
  readonly host: string;
  readonly spool: Spool;
  /** The ids of all clusters that this worker's configuration lists; those of a namespace list the same. */
  clusters(): readonly string[];
  /** `invalid` when this worker's configuration does not list the cluster. */
  facts(cluster: string): ClusterFacts;
  openSource(cluster: string, source: MetadataKind): OpenedSource;
  openDataSource(cluster: string, source: DataKind, origin: DataSpecOrigin): OpenedDataSource;
  openTarget(cluster: string, target: TargetSpec): OpenedTarget;
  /** The sets in the LocalBackup of another management host. */
  openPeer(cluster: string, host: string): Peer;
  /** All copiers that this worker has; the first that accepts a tree copies it. */
  copiers(cluster: string): readonly Copier[];
  /** How targets are checked. */
  readonly targetCheck: TargetCheck;
}

export interface OpenedTarget {
  readonly target: BackupTarget;
  /** The folder that this cluster's sets lie under: the cluster id where several share a disk, else ''. */
  readonly root: string;
  /** Bytes that sets take in all on that disk; where the 600 GB rule holds. */
  usedBytes?(): Promise<number>;
  /** Throws where no new set may go there by its configuration alone: another cluster of another product version. */
  checkVersion?(): void;
  /** Product version of the cluster that the target is, where it is another's and not this one's. */
  readonly otherVersion?: string;
}
