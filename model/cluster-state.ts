import type { AlarmId } from './alarms';
import type { Answer } from './command';
import type { BuiltSource } from './kinds';
import type { Label } from './label';
import type { Approval, ClusterFacts, Outcome, RunIdentity, RunKind, Trigger } from './run';
import type { Task, TaskStatus } from './task';
import { utf8Bytes } from './text';

/**
 * Everything the `cluster` workflow knows, as plain data: its newest input *is* its state, so it is carried over
 * continue-as-new and read back when somebody terminated it by mistake. Kept under `maxStateBytes`.
 */
export interface ClusterState {
  readonly cluster: ClusterFacts;
  readonly tasks: { readonly [name: string]: TaskState };
  /** Waiting, first come first served. The head stays here until its run has really started. */
  readonly queue: readonly Waiting[];
  readonly running?: Running;
  /** Answers given lately, so that a key asked twice gets the same one. Newest last. */
  readonly recent: readonly { readonly key: string; readonly answer: Answer }[];
  /** Runs ended lately, so that who waits for a key finds its run. Newest last. */
  readonly ended: readonly EndedRun[];
  readonly holds: readonly Hold[];
  /** No run starts until then, in milliseconds since 1970. */
  readonly paused?: { readonly owner: string; readonly until: number };
  readonly alarms: readonly Alarm[];
  /** Tasks, also deleted ones, whose schedule is to be looked at. */
  readonly unsynced?: readonly string[];
  /** Schedules could not be made: not tried again before, in milliseconds since 1970. */
  readonly syncAfter?: number;
  /** The default task has been made: somebody who deleted it does not get it again. */
  readonly defaultMade?: boolean;
  /** The sources that it was given: what somebody takes out of it does not come back. Absent in what older versions wrote. */
  readonly defaultSources?: readonly BuiltSource[];
  /** It is given up, in milliseconds since 1970: its workflow ends when its schedules are gone. */
  readonly removed?: number;
  /** When schedules and planned times were last looked at, in milliseconds since 1970. */
  readonly checked?: number;
  /** They are looked at also while no task is periodic: foreign schedules may stand. Absent in what older versions wrote. */
  readonly checkedAlways?: boolean;
  /** The management hosts, where the folders of the standby ones are kept equal to the active one's. */
  readonly mirrors?: { readonly [host: string]: MirrorState };
}

/** How far the LocalBackup of a management host is behind the active one's. Times in milliseconds since 1970. */
export interface MirrorState {
  /** Looked at again then. */
  readonly due: number;
  /** Asked for while it was being looked at: to be looked at once more. */
  readonly again?: boolean;
  /** The host that was active when it was looked at last: itself, or the one that it was compared with. */
  readonly of?: string;
  /** When it was looked at last. */
  readonly looked?: number;
  /** Sets that it lacks, as far as that is known. */
  readonly behind: number;
  /** Since when it is not equal; absent when it is. */
  readonly since?: number;
  /** Why it could not be made equal. */
  readonly reason?: string;
}

export interface TaskState {
  readonly spec: Task;
  /** When it was made; part of its folder on targets. */
  readonly creation: Label;
  readonly status: TaskStatus;
  /** The latest ten, newest first, in the short form of `shortRun`. */
  readonly runs: readonly string[];
  readonly lastLabel?: Label;
  /** The latest successful run that has fallen out of `runs`, of which none was successful then. */
  readonly lastSuccess?: Label;
  /** Why the latest run did not succeed. */
  readonly reason?: string;
  /** A periodic task that never starts by itself until somebody unlocks it. */
  readonly locked?: { readonly since: number; readonly reason?: string };
  /** Of a periodic task: its planned times until then have been decided. Milliseconds since 1970. */
  readonly plannedUpTo?: number;
  /** The latest planned times that led to no run, newest first, in the short form of `shortNotRun`. */
  readonly notRun?: readonly string[];
  /** A restoration that was asked for and runs once somebody else approves it. */
  readonly awaits?: ApprovalRequest;
}

/** It stands beside the status and has no place in the queue. Times in milliseconds since 1970. */
export interface ApprovalRequest {
  /** Of the start that was asked for: the run will have it. */
  readonly key: string;
  readonly by: string;
  readonly since: number;
  /** Not approved by then it is dropped. */
  readonly until: number;
}

export interface Waiting {
  readonly key: string;
  readonly task: string;
  readonly trigger: Trigger;
  readonly approval?: Approval;
}

export interface Running extends RunIdentity {
  readonly runId?: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** A clean-up: the run that it cleans up behind, and how that one ended. */
  readonly of?: RunIdentity;
  readonly reason?: string;
  /** Found going on under the run id, not started by this state; watched until it ends. */
  readonly found?: boolean;
}

export interface EndedRun {
  readonly key: string;
  readonly task: string;
  readonly label: Label;
  readonly kind: RunKind;
  readonly outcome: Outcome;
  readonly runId?: string;
  /** Of a run that was stopped while it waited: no record tells why. */
  readonly reason?: string;
}

export interface Hold {
  readonly key: string;
  readonly sets: readonly string[];
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface Alarm {
  readonly id: AlarmId;
  /** Absent of an alarm of the whole cluster. */
  readonly task?: string;
  readonly raised: number;
  readonly text: string;
}

/** A state with nothing in it. */
export function newCluster(cluster: ClusterFacts): ClusterState {
  return { cluster, tasks: {}, queue: [], recent: [], ended: [], holds: [], alarms: [] };
}

/** One run of a task in a line: `label seconds outcome trigger bytes`, and `waited` of one that never began. Short, because two thousand of them are carried. */
export interface ShortRun {
  readonly label: Label;
  readonly seconds: number;
  readonly outcome: Outcome;
  readonly trigger: Trigger;
  readonly bytes: number;
  /** It was stopped while it waited, so it never began: its label is when that was. */
  readonly waited?: true;
}

/** So many runs of a task are carried; the server has older ones. */
export const carriedRuns = 10;

export function shortRun(run: ShortRun): string {
  const line = `${run.label} ${run.seconds}s ${run.outcome} ${run.trigger} ${run.bytes}B`;
  return run.waited === true ? `${line} waited` : line;
}

export function parseShortRun(text: string): ShortRun {
  const [label = '', seconds = '0', outcome, trigger, bytes = '0', waited] = text.split(' ');
  return {
    label,
    seconds: parseInt(seconds, 10),
    outcome: outcome as Outcome,
    trigger: trigger as Trigger,
    bytes: parseInt(bytes, 10),
    ...(waited !== undefined && { waited: true }),
  };
}

/** Bytes of the state as JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value));
}

/** The task of this name; also right for `constructor` and the other names that every object answers to. */
export function taskOf(state: ClusterState, name: string): TaskState | undefined {
  return Object.hasOwn(state.tasks, name) ? state.tasks[name] : undefined;
}

export function withTask(state: ClusterState, name: string, change: Partial<TaskState>): ClusterState {
  const task = taskOf(state, name);
  if (task === undefined) return state;
  return { ...state, tasks: { ...state.tasks, [name]: { ...task, ...change } } };
}
