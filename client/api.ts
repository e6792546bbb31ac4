import type { ApprovalRequest } from '../model/cluster-state';
import type { Preview } from '../model/preview';
import type { RunResult } from '../model/run';
import type { Verification } from '../model/set';
import type { BackupTask } from '../model/task';
import type { Delivery } from '../workflows/notify';
import type { AlarmOptions, AlarmView } from './alarms';
import type { Applied, ApplyOptions } from './apply';
import type { ClusterCheck } from './check';
import type { CheckTargetOptions, TargetCheckView } from './check-target';
import type { Cleaned, CleanOptions } from './clean-sets';
import type { ClusterView } from './cluster-list';
import type { HistoryOptions, TaskHistory } from './history';
import type { TestOptions } from './notifications';
import type { PreviewOptions } from './preview';
import type { Removed } from './removal';
import type { Rescue } from './rescue';
import type { Created, CreateOptions, RestorationView } from './restorations';
import type { Modified, ModifyOptions, NewTask, NewTaskOptions, TaskChanges } from './single-task';
import type { LocatedSet, SetsOptions } from './find-sets';
import type { ApproveOptions, RejectOptions } from './approval';
import type { BackupTaskView } from './show-task';
import type { AskOptions, Deleted, Done, LockOptions, Started, StartOptions, TaskView } from './tasks';
import type { VerifyOptions } from './verify';
import type { WaitOptions } from './wait-for';

/**
 * cairn for pipelines: what `cairn` does on the command line, as promises of plain data.
 *
 * Speaks to Temporal only; the clusters' workers do the work. Where a cluster can be named it may be left out when
 * there is only one; else `invalid` names them. All errors are `BackupError`s: `unavailable` (Temporal or its
 * workers do not answer), `denied`, `missing`, `invalid`, `conflict` … A cluster's refusal carries
 * `context.refusal`. Waiting for a worker is never silent: without one, `unavailable` comes within three seconds.
 */
export interface Cairn {
  /**
   * Makes the tasks be as given; tasks that are not given stay, unless `prune` deletes them. All are tried: when some
   * are refused the first refusal is thrown, and `context.applied` of the error tells of each task what became of it.
   *
   * With `dryRun` nothing is changed: the result, or the error, is what it would be now by all that is known of the
   * clusters, and `changes` tells which fields of a task would be others.
   */
  apply(tasks: readonly BackupTask[], options?: ApplyOptions): Promise<Applied[]>;
  /** Makes one backup task. `conflict` where its cluster has a task of this name: that one stays as it is. */
  create(task: NewTask, options?: NewTaskOptions): Promise<Done & { readonly spec: BackupTask }>;
  /**
   * Changes of a backup task what the product lets people change; it counts from the next run on. `conflict` where
   * somebody else changes or deletes it in the same moment.
   */
  modify(task: string, changes: TaskChanges, options?: ModifyOptions): Promise<Modified>;
  /** The backup tasks, by name. */
  tasks(cluster?: string): Promise<TaskView[]>;
  /**
   * With what its next run is expected to take. Of a task that has not succeeded lately a worker looks how much service
   * data there is; where none can, the rest is told all the same.
   */
  task(name: string, cluster?: string): Promise<BackupTaskView>;
  /** Asks for a run; it has its place in the queue when the promise resolves. */
  start(task: string, options?: AskOptions): Promise<Started>;
  /** Stops a run that goes on, or takes one out of the queue. Sets that it has committed stand. */
  stop(task: string, options?: AskOptions): Promise<Done>;
  /** Deletes a task that neither runs nor waits; its sets stay. What it kept frozen in the cluster is given up. */
  delete(task: string, options?: AskOptions): Promise<Deleted>;
  /** A periodic task never starts by itself from now on; a run that waits or goes on is stopped. By hand it still starts. */
  lock(task: string, options?: LockOptions): Promise<Done>;
  /** It starts by itself again at its next planned time. */
  unlock(task: string, options?: AskOptions): Promise<Done>;
  /** The runs of a task, and its planned times that led to none (postponed, missed), each newest first. */
  history(task: string, options?: HistoryOptions): Promise<TaskHistory>;
  /** Waits until a run has ended and gives its record, *however* it ended: look at `outcome`. */
  waitFor(run: Pick<Started, 'cluster' | 'task' | 'key'>, options?: WaitOptions): Promise<RunResult>;

  /** The sets of the cluster's tasks, or all that lie on a target; oldest run first. See `onUnreachable`. */
  sets(options?: SetsOptions): Promise<LocatedSet[]>;
  /** Looks whether sets can be relied on. Damage is a finding, not an error. */
  verify(options: VerifyOptions): Promise<Verification[]>;
  /**
   * What unfinished runs and checks left on the cluster's targets; with `remove` it is removed. Sets, and folders of other
   * clusters, are left alone. `conflict` (`inUse`) while a run goes on or is about to start.
   */
  clean(options?: CleanOptions): Promise<Cleaned[]>;
  /**
   * Tries on a target, by a worker that reaches it, what every target promises, and how fast it is: in a folder of its own that
   * is removed at the end. What is found is told, not thrown; an entry for each host.
   */
  checkTarget(options: CheckTargetOptions): Promise<TargetCheckView[]>;

  readonly restorations: {
    /** Makes a restoration task of sets that are there. Replaces nothing yet: `replaces` tells what starting it will. */
    create(name: string, options: CreateOptions): Promise<Created>;
    /**
     * In words: what starting it will replace. A worker looks what is there now, or it is said that nobody could;
     * with `look` false it is what the task itself tells, at once.
     */
    replaces(name: string, cluster?: string, look?: boolean): Promise<readonly string[]>;
    /**
     * Puts the sets live. Whoever calls it has agreed to what `replaces` tells. Where the cluster wants a second person's
     * approval it is only asked for, `awaitsUntil` is given, and `waitFor` waits for the approval, too.
     */
    start(name: string, options?: StartOptions): Promise<Started>;
    /** `start` for one that failed or was stopped. */
    retry(name: string, options?: StartOptions): Promise<Started>;
    /** The request for approval that stands; `conflict` (`notAwaited`) when there is none. */
    awaited(name: string, cluster?: string): Promise<ApprovalRequest>;
    /**
     * Lets one run that somebody else has asked for, under the key of that start. Whoever calls it has agreed to what
     * `replaces` tells. `denied` for who asked (`samePerson`), `conflict` where it awaits no approval (any more).
     */
    approve(name: string, options?: ApproveOptions): Promise<Started>;
    /** It does not run; who waits for it is told. */
    reject(name: string, options?: RejectOptions): Promise<Done>;
    /** Stops it and brings the state before back; one that awaits approval is withdrawn. */
    stop(name: string, options?: AskOptions): Promise<Done>;
    delete(name: string, options?: AskOptions): Promise<Done>;
    list(cluster?: string): Promise<TaskView[]>;
    /** With what `replaces` tells. */
    show(name: string, cluster?: string): Promise<RestorationView>;
    history(name: string, options?: HistoryOptions): Promise<TaskHistory>;
  };

  /**
   * The runs to come: when each starts and how long it waits, what is postponed and why, and the space and recovery points
   * of each day. By the cluster's rules and the lengths of past runs; before the first success of a task a worker looks how
   * much service data there is. Without a worker that is not known. `invalid` unless `days` is 1 to 366.
   */
  preview(options?: PreviewOptions): Promise<Preview>;
  /** The alarms that stand, oldest first; of all clusters where none is named. See `onSilent`. */
  alarms(cluster?: string, options?: AlarmOptions): Promise<AlarmView[]>;
  /** Sends a test through the channels of a cluster, or through one, once each. What came back is a finding, not an error. */
  testNotifications(options?: TestOptions): Promise<Delivery[]>;
  /** All clusters. The list may be a second late. Needs no worker. */
  clusters(): Promise<ClusterView[]>;
  /** What is wrong with a cluster. Needs no worker. */
  check(cluster?: string): Promise<ClusterCheck>;
  /**
   * Ends a cluster's workflow for good, with its tasks, schedules and alarms; its sets stay. `conflict` while something
   * runs or waits. A worker whose configuration still names it brings it again at its next start, without those tasks.
   */
  remove(cluster: string, options?: Pick<AskOptions, 'key'>): Promise<Removed>;
  /** Starts a cluster's workflow again where somebody ended it. */
  rescue(cluster: string): Promise<Rescue>;

  close(): Promise<void>;
}
