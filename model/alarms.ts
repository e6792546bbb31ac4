import { type Alarm, type ClusterState, taskOf } from './cluster-state';
import type { RunEnd } from './queue';
import type { Outcome, RunIdentity } from './run';

/** The product's alarms that cairn raises (product facts §11). */
export const alarmTitles = {
  '12034': 'Periodical Backup Failure',
  '12035': 'Unknown Data Status After Recovery Task Failure',
} as const;
export type AlarmId = keyof typeof alarmTitles;
export const alarmIds = Object.keys(alarmTitles) as AlarmId[];

/** One for each backup task, and some restorations. */
const keptAlarms = 120;

/** An alarm stands once for each task: raised again it keeps the time when it first was. */
export function raise(state: ClusterState, alarm: Alarm): ClusterState {
  const standing = state.alarms.find((one) => isSame(one, alarm));
  const others = state.alarms.filter((one) => one !== standing);
  return { ...state, alarms: [...others, { ...alarm, raised: standing?.raised ?? alarm.raised }].slice(-keptAlarms) };
}

export function clear(state: ClusterState, task: string, ...ids: AlarmId[]): ClusterState {
  const alarms = state.alarms.filter((one) => one.task !== task || !ids.includes(one.id));
  return alarms.length === state.alarms.length ? state : { ...state, alarms };
}

function isSame(one: Alarm, other: Alarm): boolean {
  return one.id === other.id && one.task === other.task;
}

/**
 * What the end of a run raises and clears. ALM-12034: a run that its period started failed; the task's next success
 * clears it. ALM-12035 stands while nobody knows what a restoration left, until that task succeeds.
 */
export function withAlarmsOf(
  state: ClusterState,
  run: RunIdentity,
  end: RunEnd,
  outcome: Outcome,
  now: number,
): ClusterState {
  const alarm = { task: run.task, raised: now };
  if (end.result?.parts.some((part) => part.revertFailed === true) === true || isLostRestoration(state, end)) {
    const text = `restoration "${run.task}" failed and the state before could not be brought back`;
    return raise(state, { ...alarm, id: '12035', text });
  }
  if (outcome === 'Successful') return clear(state, run.task, '12034', '12035');
  if (outcome !== 'Failed' || run.trigger !== 'schedule' || taskOf(state, run.task) === undefined) return state;
  return raise(state, { ...alarm, id: '12034', text: `its periodic run ${run.label} failed` });
}

/** The clean-up behind a restoration did not come to its end either. */
function isLostRestoration({ running }: ClusterState, end: RunEnd): boolean {
  return running?.of?.kind === 'restoration' && end.status !== 'completed';
}
