import { type Alarm, type ClusterState, taskOf } from './cluster-state';
import { failedSources } from './failed-parts';
import type { RunEnd } from './queue';
import { replacesAll } from './restore-rules';
import type { Outcome, RunIdentity } from './run';

/** The product's alarms that cairn raises (product facts §11). */
export const alarmTitles = {
  '12011': 'Manager Data Synchronization Exception Between the Active and Standby Nodes',
  '12034': 'Periodical Backup Failure',
  '12035': 'Unknown Data Status After Recovery Task Failure',
  '12057': 'Metadata Not Configured with the Task to Periodically Back Up Data to a Third-Party Server',
} as const;
export type AlarmId = keyof typeof alarmTitles;
export const alarmIds = Object.keys(alarmTitles) as AlarmId[];

/** The cluster can do its work all the same: it asks for what is to be set up or put right, and is told as a warning. */
export function isAdvice(id: AlarmId): boolean {
  return id === '12011' || id === '12057';
}

/** `ALM-12034 of task nightly`; only the number of one that is the whole cluster's. */
export function alarmName({ id, task }: Pick<Alarm, 'id' | 'task'>): string {
  return task === undefined ? `ALM-${id}` : `ALM-${id} of task ${task}`;
}

/** One for each backup task, some restorations, and those of the cluster. */
const keptAlarms = 120;

/** An alarm stands once for each task, or once for the cluster: raised again it keeps the time when it first was. */
export function raise(state: ClusterState, alarm: Alarm): ClusterState {
  const standing = state.alarms.find((one) => isSame(one, alarm));
  const others = state.alarms.filter((one) => one !== standing);
  return { ...state, alarms: [...others, { ...alarm, raised: standing?.raised ?? alarm.raised }].slice(-keptAlarms) };
}

/** Without a task: those of the whole cluster. */
export function clear(state: ClusterState, task: string | undefined, ...ids: AlarmId[]): ClusterState {
  const alarms = state.alarms.filter((one) => one.task !== task || !ids.includes(one.id));
  return alarms.length === state.alarms.length ? state : { ...state, alarms };
}

/** True while nobody knows what a restoration of this name left. */
export function leftUnknown({ alarms }: ClusterState, task: string): boolean {
  return alarms.some((one) => one.id === '12035' && one.task === task);
}

/** True for the same alarm of the same task, whenever it was raised. */
export function isSame(one: Alarm, other: Alarm): boolean {
  return one.id === other.id && one.task === other.task;
}

/** True where another alarm would push the oldest out. */
export function isFull({ alarms }: ClusterState): boolean {
  return alarms.length >= keptAlarms;
}

/**
 * What the end of a run raises and clears. ALM-12034: a run that its period started failed; the task's next success
 * clears it. ALM-12035 stands while nobody knows what a restoration left, until that task succeeds, or another one that
 * replaces all of the same. (Deleting a task clears both: then somebody has settled it by hand.)
 */
export function withAlarmsOf(
  state: ClusterState,
  run: RunIdentity,
  end: RunEnd,
  outcome: Outcome,
  now: number,
): ClusterState {
  const alarm = { task: run.task, raised: now };
  const { parts = [] } = end.result ?? {};
  const notReverted = parts.filter((part) => part.revertFailed === true);
  if (notReverted.length > 0 || isLostRestoration(state, end)) {
    const text = `restoration "${run.task}" failed and the state before could not be brought back`;
    return raise(state, { ...alarm, id: '12035', text: `${text}${listOf(failedSources(notReverted))}` });
  }
  if (outcome === 'Successful') return withoutReplaced(clear(state, run.task, '12034', '12035'), run.task);
  if (outcome !== 'Failed' || run.trigger !== 'schedule' || taskOf(state, run.task) === undefined) return state;
  return raise(state, {
    ...alarm,
    id: '12034',
    text: `its periodic run ${run.label} failed${listOf(failedSources(parts))}`,
  });
}

function listOf(sources: readonly string[]): string {
  return sources.length === 0 ? '' : `: ${sources.join(', ')}`;
}

function withoutReplaced(state: ClusterState, name: string): ClusterState {
  const task = taskOf(state, name)?.spec;
  if (task?.kind !== 'restoration') return state;
  return Object.values(state.tasks).reduce((so, { spec }) => {
    const isSettled = spec.kind === 'restoration' && leftUnknown(so, spec.name) && replacesAll(task, spec);
    return isSettled ? clear(so, spec.name, '12035') : so;
  }, state);
}

/** The clean-up behind a restoration did not come to its end either. */
function isLostRestoration({ running }: ClusterState, end: RunEnd): boolean {
  return running?.of?.kind === 'restoration' && end.status !== 'completed';
}
