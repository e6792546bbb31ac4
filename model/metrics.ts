import type { RunKind } from './run';

/**
 * What Prometheus is told of a cluster: plain numbers that follow from its state and the time. Names and helps are for
 * people who know neither; docs/operations.md has the same table.
 */
export interface Metric {
  readonly type: 'gauge' | 'counter';
  readonly labels: readonly string[];
  readonly help: string;
}

const ofCluster = ['cluster'];
const ofTask = [...ofCluster, 'task', 'kind'];

export const metrics = {
  cairn_up: gauge(
    ofCluster,
    '1 when the cluster\'s workflow answered this worker, 0 when it did not: then nothing else is told of the cluster, and "cairn cluster check" tells why.',
  ),
  cairn_queue_waiting: gauge(ofCluster, 'Starts of tasks that wait until the running one has ended.'),
  cairn_running: gauge(
    ofTask,
    '1 for the task whose run goes on; absent when none does. Kind cleanUp: what a run left that was ended by force is removed.',
  ),
  cairn_alarms: gauge(
    [...ofCluster, 'id'],
    'Alarms that stand, by number. 12011: a standby LocalBackup is not equal. 12034: a periodic run failed or was missed. 12035: a restoration left an unknown state. 12057: metadata has no periodic task to a third party.',
  ),
  cairn_tasks: gauge([...ofCluster, 'kind', 'status'], 'Tasks of the cluster, by kind and status.'),
  cairn_task_last_run_outcome: gauge(
    [...ofTask, 'outcome'],
    "1 for the outcome of the task's latest run that has ended, 0 for the others; absent when it has never run.",
  ),
  cairn_task_last_run_start_timestamp_seconds: gauge(
    ofTask,
    "When the task's latest run that has ended was started, in seconds since 1970.",
  ),
  cairn_task_last_run_seconds: gauge(ofTask, "How long the task's latest run took."),
  cairn_task_last_run_bytes: gauge(ofTask, "Bytes of the sets that the task's latest run made or restored."),
  cairn_task_last_success_timestamp_seconds: gauge(
    ofTask,
    'When the newest successful run was started, in seconds since 1970; absent when none is known.',
  ),
  cairn_task_newest_set_age_seconds: gauge(
    ofTask,
    'Backup tasks: seconds since the newest successful run was started. What was written after that is in no set yet.',
  ),
  cairn_task_period_seconds: gauge(ofTask, 'Periodic tasks: seconds between planned times.'),
  cairn_task_locked: gauge(
    ofTask,
    'Periodic tasks: 1 while somebody has locked it, so that it does not start by itself.',
  ),
  cairn_task_next_run_timestamp_seconds: gauge(
    ofTask,
    'Periodic tasks that are not locked: the next planned time, in seconds since 1970.',
  ),
  cairn_task_runs_recent: gauge([...ofTask, 'outcome'], 'How many of the latest ten runs of the task ended so.'),
  cairn_runs_total: counter(
    [...ofTask, 'outcome'],
    'Runs that ended since this worker was started. Every worker counts all of them: take the maximum, not the sum.',
  ),
  cairn_run_bytes_total: counter(
    ofTask,
    'Bytes of sets that runs made or restored since this worker was started. Every worker counts all of them: take the maximum, not the sum.',
  ),
} as const satisfies { readonly [name: string]: Metric };

export type MetricName = keyof typeof metrics;

export interface Sample {
  readonly name: MetricName;
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

/** The labels that tell a task; `kind` of a run may also be cleanUp. */
export function namesOf({ name, kind }: { readonly name: string; readonly kind: RunKind }): Sample['labels'] {
  return { task: name, kind };
}

export function sample(name: MetricName, value: number, labels: Sample['labels'] = {}): Sample {
  return { name, labels, value };
}

/** The samples with the cluster's id. */
export function samplesIn(cluster: string, samples: readonly Sample[]): Sample[] {
  return samples.map((one) => ({ ...one, labels: { cluster, ...one.labels } }));
}

function gauge(labels: readonly string[], help: string): Metric {
  return { type: 'gauge', labels, help };
}

function counter(labels: readonly string[], help: string): Metric {
  return { type: 'counter', labels, help };
}
