import { type ClusterState, taskOf } from './cluster-state';
import { labelAt } from './label';
import type { Preview } from './preview';
import type { DayAhead, TaskAhead } from './preview-book';
import { bytesText, durationText, labelText } from './text';

/** What somebody should look at in a preview, each in a sentence. */
export function warningsOf({ tasks, days }: Omit<Preview, 'warnings'>, state: ClusterState): string[] {
  return [
    ...ofRunning(state),
    ...ofWaiting(state),
    ...tasks.flatMap((task) => [...ofLength(task, state), ...ofLock(task), ...ofPeriod(task), ...ofRow(task)]),
    ...ofDays(days),
  ];
}

function ofRunning({ running }: ClusterState): string[] {
  if (running === undefined || (running.kind === 'backup' && running.found !== true)) return [];
  const what =
    running.found === true
      ? 'a run that this cluster did not start'
      : `the ${running.kind === 'cleanUp' ? 'clean-up behind' : 'restoration'} "${running.of?.task ?? running.task}"`;
  return [`${what} goes on: its length is not known, nothing is assumed`];
}

function ofWaiting(state: ClusterState): string[] {
  return state.queue
    .filter(({ task }) => taskOf(state, task)?.spec.kind === 'restoration')
    .map(({ task }) => `restoration "${task}" waits: its length is not known, nothing is assumed`);
}

function ofLength({ task, estimated, seconds, bytes, runs, postponed }: TaskAhead, state: ClusterState): string[] {
  if (estimated === 'median' || (runs + postponed === 0 && state.running?.task !== task)) return [];
  const why = taskOf(state, task)!.runs.length === 0 ? 'has not run yet' : 'had no success in its latest ten runs';
  const length =
    estimated === 'none'
      ? 'its length is not known, nothing is assumed'
      : `its length is estimated, ${durationText(seconds * 1000)} for ${bytesText(bytes)} of service data`;
  return [`task "${task}" ${why}: ${length}`];
}

function ofLock({ task, locked }: TaskAhead): string[] {
  return locked ? [`task "${task}" is locked: it does not start by itself`] : [];
}

function ofPeriod({ task, locked, seconds, periodSeconds }: TaskAhead): string[] {
  if (locked || periodSeconds === undefined || seconds <= periodSeconds) return [];
  const [run, period] = [seconds, periodSeconds].map((length) => durationText(length * 1000));
  return [`task "${task}" is planned every ${period}, but a run of it takes ${run}`];
}

function ofRow({ task, inARow }: TaskAhead): string[] {
  if (inARow === undefined || inARow.times < 2) return [];
  const { times, first, reason } = inARow;
  return [
    `task "${task}" is postponed ${times} times in a row, from ${labelText(labelAt(first))} on; the first time ${reason}`,
  ];
}

function ofDays(days: readonly DayAhead[]): string[] {
  const full = days.filter(({ plannedSeconds }) => plannedSeconds > 86_400);
  if (full.length === 0) return [];
  const most = durationText(Math.max(...full.map(({ plannedSeconds }) => plannedSeconds)) * 1000);
  const [first] = full;
  return full.length === 1
    ? [`on ${first!.day} more is planned than a day has hours: ${most}`]
    : [`on ${full.length} days, the first is ${first!.day}, more is planned than a day has hours: up to ${most}`];
}
