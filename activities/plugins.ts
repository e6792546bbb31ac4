import type { BuiltSource } from '../model/kinds';
import type { ClusterFacts } from '../model/run';
import type { MetadataSource, Part } from '../model/source';
import type { BackupTarget } from '../model/target';
import type { TargetSpec, TaskSource } from '../model/task';
import type { Spool } from '../sets/spool';

/** A source of a cluster, opened with what the worker's configuration says about it. */
export interface OpenedSource {
  readonly source: MetadataSource<unknown>;
  /** The sets that a task's entry makes; all that the cluster has when no entry is given. */
  parts(entry?: TaskSource['entry']): readonly Part<unknown>[];
}

/** What activities are given: everything concrete, built in `workers/` and in tests. */
export interface Plugins {
  /** This worker's host name. */
  readonly host: string;
  readonly spool: Spool;
  /** `invalid` when this worker's configuration does not list the cluster. */
  facts(cluster: string): ClusterFacts;
  openSource(cluster: string, source: BuiltSource): OpenedSource;
  openTarget(cluster: string, target: TargetSpec): OpenedTarget;
}

export interface OpenedTarget {
  readonly target: BackupTarget;
  /** The folder that this cluster's sets lie under: the cluster id where several share a disk, else ''. */
  readonly root: string;
  /** Bytes that sets take in all on that disk; where the 600 GB rule holds. */
  usedBytes?(): Promise<number>;
}
