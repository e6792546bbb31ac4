import {
  carriedRuns,
  type ClusterState,
  type EndedRun,
  parseShortRun,
  type Running,
  shortRun,
  taskOf,
  type TaskState,
  type Waiting,
  withTask,
} from './cluster-state';
import { type Label, nextLabel, timeOf } from './label';
import { withAlarmsOf } from './alarms';
import { isPaused } from './pause';
import type { BackUpInput, Outcome, RestoreInput, RunIdentity, RunInput, RunResult } from './run';

/** How a run ended, as the server tells it. `result` is absent when the run could not speak for itself. */
export interface RunEnd {
  readonly status: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timedOut' | 'missing';
  readonly identity?: RunIdentity;
  readonly runId?: string;
  readonly result?: RunResult;
  readonly reason?: string;
}

const kept = { ended: 40, runs: carriedRuns, reasonCharacters: 170 };

/** The input of the next run, when one may start now. */
export function nextRun(state: ClusterState, now: number): BackUpInput | RestoreInput | undefined {
  const waiting = state.running === undefined && !isPaused(state, now) ? state.queue[0] : undefined;
  const task = waiting && taskOf(state, waiting.task);
  if (waiting === undefined || task === undefined) return undefined;
  const input: RunInput = {
    kind: task.spec.kind,
    ...waiting,
    label: freeLabel(task, now),
    cluster: state.cluster,
    spec: task.spec,
    creation: task.creation,
  };
  return input as BackUpInput | RestoreInput;
}

/** The state once the run has really started. */
export function started(state: ClusterState, run: RunIdentity, runId: string, now: number): ClusterState {
  const running: Running = { ...identityOf(run), runId, since: now };
  const queue = state.queue.filter((one) => one.key !== run.key);
  return withTask({ ...state, queue, running }, run.task, { status: 'Running', lastLabel: run.label });
}

/** Somebody's run goes on under the run id already: it is watched, and who waits keeps waiting. */
export function found(state: ClusterState, now: number): ClusterState {
  const running: Running = {
    kind: 'backup',
    key: '',
    task: '',
    label: '',
    trigger: 'manual',
    since: now,
    found: true,
  };
  return { ...state, running };
}

/** A run that ended without cleaning up behind itself: terminated, timed out, or gone. */
export function needsCleanUp(end: RunEnd): boolean {
  return end.status === 'terminated' || end.status === 'timedOut';
}

/** The state once a run has ended; its request leaves the queue even when this state did not start it. */
export function ended(state: ClusterState, end: RunEnd, now: number): ClusterState {
  const { running: watched, ...idle } = state;
  const identity = identityOfEnd(state, end);
  if (identity === undefined) return idle;
  const outcome = outcomeOf(end, watched);
  const queue = idle.queue.filter((one) => one.key !== identity.key);
  const recorded = withTask({ ...idle, queue }, identity.task, {
    status: outcome,
    lastLabel: later(identity.label, taskOf(state, identity.task)?.lastLabel),
    ...recordRun(state, identity, end, outcome, now),
    reason: reasonOf(end, watched),
  });
  const awaited = withoutRequest(recorded, identity);
  const remembered = { ...awaited, ended: rememberRun(state, identity, end, outcome) };
  const { alarms } = withAlarmsOf(state, identity, end, outcome, now);
  return { ...remembered, alarms };
}

/**
 * The state once a run was stopped that still waited: its task's history and whoever waits for it find it as any other. The
 * time when that was is its label, but not the task's last execution: it never began.
 */
export function endedInQueue(state: ClusterState, waiting: Waiting, reason: string, now: number): ClusterState {
  const { key, task: name, trigger } = waiting;
  const task = taskOf(state, name)!;
  const label = freeLabel(task, now);
  const line = shortRun({ label, seconds: 0, outcome: 'Stopped', trigger, bytes: 0, waited: true });
  const queue = state.queue.filter((one) => one !== waiting);
  const stopped = withTask({ ...state, queue }, name, { status: 'Stopped', reason, ...withLine(task.runs, line) });
  const end: EndedRun = { key, task: name, label, kind: task.spec.kind, outcome: 'Stopped', reason };
  return { ...stopped, ended: withEnd(state.ended, end) };
}

/** Later than those of all runs of the task, also of one that was stopped while it waited. */
function freeLabel({ lastLabel, runs: [newest] }: TaskState, now: number): Label {
  return nextLabel(now, newest === undefined ? lastLabel : later(parseShortRun(newest).label, lastLabel));
}

/** The run that has ended; undefined where nobody can tell which it was. */
export function identityOfEnd({ running: watched }: ClusterState, end: RunEnd): RunIdentity | undefined {
  const identity = watched?.of ?? end.result ?? end.identity ?? watched;
  return identity?.task === '' ? undefined : identity;
}

function outcomeOf(end: RunEnd, watched: Running | undefined): Outcome {
  if (watched?.kind === 'cleanUp') return 'Failed';
  if (end.result !== undefined) return end.result.outcome;
  return end.status === 'cancelled' ? 'Stopped' : 'Failed';
}

function reasonOf(end: RunEnd, watched: Running | undefined): string {
  const reason = watched?.reason ?? end.result?.reason ?? end.reason ?? '';
  return reason.slice(0, kept.reasonCharacters);
}

function recordRun(
  state: ClusterState,
  run: RunIdentity,
  end: RunEnd,
  outcome: Outcome,
  now: number,
): Partial<TaskState> {
  const before = taskOf(state, run.task)?.runs ?? [];
  const bytes = (end.result?.parts ?? []).reduce((sum, part) => sum + part.bytes, 0);
  const seconds = Math.max(0, Math.round(((end.result?.end ?? now) - (end.result?.begin ?? timeOf(run.label))) / 1000));
  const line = shortRun({ label: run.label, seconds, outcome, trigger: run.trigger, bytes });
  return withLine(
    before.filter((one) => !one.startsWith(run.label)),
    line,
  );
}

/** The newest runs; of a success that falls out of them it is remembered when it was, where there is no later one. */
function withLine(before: readonly string[], line: string): Partial<TaskState> {
  const all = [line, ...before];
  const isSuccess = (one: string) => parseShortRun(one).outcome === 'Successful';
  const runs = all.slice(0, kept.runs);
  const fallenOut = all.slice(kept.runs).find(isSuccess);
  if (fallenOut === undefined || runs.some(isSuccess)) return { runs };
  return { runs, lastSuccess: parseShortRun(fallenOut).label };
}

function rememberRun(state: ClusterState, run: RunIdentity, end: RunEnd, outcome: Outcome): EndedRun[] {
  const runId = state.running?.of === undefined ? (end.runId ?? state.running?.runId) : undefined;
  const { key, task, label, kind } = run;
  const entry: EndedRun = { key, task, label, kind, outcome, ...(runId === undefined ? {} : { runId }) };
  return withEnd(state.ended, entry);
}

/** The ends that are remembered, with one more. */
export function withEnd(before: readonly EndedRun[], end: EndedRun): EndedRun[] {
  return [...before.filter((one) => one.key !== end.key), end].slice(-kept.ended);
}

/** A run that was found going on may be the one that this state still thinks to be awaiting approval. */
function withoutRequest(state: ClusterState, { task: name, key }: RunIdentity): ClusterState {
  const task = taskOf(state, name);
  if (task?.awaits?.key !== key) return state;
  const { awaits: _approved, ...rest } = task;
  return { ...state, tasks: { ...state.tasks, [name]: rest } };
}

function later(label: Label, other: Label | undefined): Label {
  return other !== undefined && other > label ? other : label;
}

function identityOf({ kind, key, task, label, trigger }: RunIdentity): RunIdentity {
  return { kind, key, task, label, trigger };
}
