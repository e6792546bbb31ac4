import { alarmIds } from './alarms';
import { type ClusterState, parseShortRun, type ShortRun, type TaskState } from './cluster-state';
import { type Label, timeOf } from './label';
import { namesOf, type Sample, sample, samplesIn } from './metrics';
import { nextRunOf, periodOf } from './periodic';
import { outcomes } from './run';
import { type Task, taskStatuses } from './task';

/** What is told of a cluster that did not answer. */
export function samplesOfSilent(cluster: string): Sample[] {
  return samplesIn(cluster, [sample('cairn_up', 0)]);
}

/** What is told of a cluster that answered with this state. `now`: milliseconds since 1970. */
export function samplesOf(state: ClusterState, now: number): Sample[] {
  const tasks = Object.values(state.tasks).flatMap((task) => samplesOfTask(task, now));
  return samplesIn(state.cluster.id, [...samplesOfCluster(state), ...tasks]);
}

function samplesOfCluster({ queue, running, alarms, tasks }: ClusterState): Sample[] {
  const specs = Object.values(tasks);
  return [
    sample('cairn_up', 1),
    sample('cairn_queue_waiting', queue.length),
    ...(running === undefined || running.found
      ? []
      : [sample('cairn_running', 1, namesOf({ ...running, name: running.task }))]),
    ...alarmIds.map((id) => sample('cairn_alarms', alarms.filter((one) => one.id === id).length, { id })),
    ...(['backup', 'restoration'] as const).flatMap((kind) => samplesOfKind(specs, kind)),
  ];
}

function samplesOfKind(tasks: readonly TaskState[], kind: Task['kind']): Sample[] {
  const ofKind = tasks.filter(({ spec }) => spec.kind === kind);
  return taskStatuses.map((status) => {
    const count = ofKind.filter((task) => task.status === status).length;
    return sample('cairn_tasks', count, { kind, status });
  });
}

function samplesOfTask(task: TaskState, now: number): Sample[] {
  const { spec, runs, lastSuccess } = task;
  const ran = runs.map(parseShortRun);
  const last = ran.find(({ waited }) => waited !== true);
  const success = ran.find(({ outcome }) => outcome === 'Successful')?.label ?? lastSuccess;
  const recent = outcomes.map((outcome) => {
    const count = ran.filter((run) => run.outcome === outcome).length;
    return sample('cairn_task_runs_recent', count, { ...namesOf(spec), outcome });
  });
  return [
    ...recent,
    ...samplesOfPeriod(task, now),
    ...(last === undefined ? [] : samplesOfLast(spec, last)),
    ...(success === undefined ? [] : samplesOfSuccess(spec, success, now)),
  ];
}

function samplesOfPeriod(task: TaskState, now: number): Sample[] {
  const period = periodOf(task.spec);
  if (period === undefined) return [];
  const names = namesOf(task.spec);
  const next = nextRunOf(task, now);
  return [
    sample('cairn_task_period_seconds', period.seconds, names),
    sample('cairn_task_locked', Number(task.locked !== undefined), names),
    ...(next === undefined ? [] : [sample('cairn_task_next_run_timestamp_seconds', next / 1000, names)]),
  ];
}

function samplesOfLast(spec: Task, { label, seconds, bytes, outcome: itsOutcome }: ShortRun): Sample[] {
  const names = namesOf(spec);
  return [
    ...outcomes.map((outcome) =>
      sample('cairn_task_last_run_outcome', Number(outcome === itsOutcome), { ...names, outcome }),
    ),
    sample('cairn_task_last_run_start_timestamp_seconds', timeOf(label) / 1000, names),
    sample('cairn_task_last_run_seconds', seconds, names),
    sample('cairn_task_last_run_bytes', bytes, names),
  ];
}

function samplesOfSuccess(spec: Task, label: Label, now: number): Sample[] {
  const names = namesOf(spec);
  const age = Math.max(0, now - timeOf(label)) / 1000;
  return [
    sample('cairn_task_last_success_timestamp_seconds', timeOf(label) / 1000, names),
    ...(spec.kind === 'backup' ? [sample('cairn_task_newest_set_age_seconds', age, names)] : []),
  ];
}
