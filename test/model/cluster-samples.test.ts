import { samplesOf, samplesOfSilent } from '../../model/cluster-samples';
import { type ClusterState, newCluster, shortRun, type ShortRun, type TaskState } from '../../model/cluster-state';
import { metrics, type Sample } from '../../model/metrics';
import { productSettings } from '../../model/settings';
import type { Task } from '../../model/task';

const now = Date.UTC(2026, 10, 23, 1, 0, 0);
const empty = newCluster({
  id: 'prod-1',
  version: '3.3.0',
  services: {},
  localBackupHosts: [],
  hosts: [],
  settings: productSettings,
});

function run(label: string, outcome: ShortRun['outcome'] = 'Successful', bytes = 5000): string {
  return shortRun({ label, seconds: 60, outcome, trigger: 'manual', bytes });
}

function task(kind: Task['kind'], name: string, runs: string[] = [], more: Partial<TaskState> = {}): TaskState {
  const spec = { kind, name, cluster: 'prod-1', mode: 'manual', sources: [], sets: [] } as unknown as Task;
  return { spec, creation: '20261122000000', status: 'Ready', runs, ...more };
}

function clusterWith(tasks: readonly TaskState[], more: Partial<ClusterState> = {}): ClusterState {
  return { ...empty, tasks: Object.fromEntries(tasks.map((one) => [one.spec.name, one])), ...more };
}

/** As `name{labels} value` without the cluster, which all have. */
function told(state: ClusterState, pattern: RegExp): string[] {
  return samplesOf(state, now)
    .map(textOf)
    .filter((text) => pattern.test(text));
}

function textOf({ name, labels: { cluster: _cluster, ...labels }, value }: Sample): string {
  const text = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return `${name}{${text.join(',')}} ${value}`;
}

test('a cluster without tasks is up, and nothing waits, runs or is wrong', () => {
  expect(told(empty, /^(?!cairn_tasks)/)).toEqual([
    'cairn_up{} 1',
    'cairn_queue_waiting{} 0',
    'cairn_alarms{id=12011} 0',
    'cairn_alarms{id=12034} 0',
    'cairn_alarms{id=12035} 0',
    'cairn_alarms{id=12057} 0',
  ]);
  expect(told(empty, /cairn_tasks/)).toHaveLength(12);
  expect(told(empty, /cairn_tasks.* [^0]/)).toEqual([]);
});

test('of a silent cluster nothing is told but that', () => {
  expect(samplesOfSilent('prod-1')).toEqual([{ name: 'cairn_up', labels: { cluster: 'prod-1' }, value: 0 }]);
});

test('the latest run is told with its outcome, start, duration and bytes', () => {
  const state = clusterWith([task('backup', 'nn', [run('20261123000000', 'Failed', 7), run('20261122000000')])]);
  expect(told(state, /last_run/)).toEqual([
    'cairn_task_last_run_outcome{task=nn,kind=backup,outcome=Successful} 0',
    'cairn_task_last_run_outcome{task=nn,kind=backup,outcome=Failed} 1',
    'cairn_task_last_run_outcome{task=nn,kind=backup,outcome=Stopped} 0',
    `cairn_task_last_run_start_timestamp_seconds{task=nn,kind=backup} ${Date.UTC(2026, 10, 23) / 1000}`,
    'cairn_task_last_run_seconds{task=nn,kind=backup} 60',
    'cairn_task_last_run_bytes{task=nn,kind=backup} 7',
  ]);
});

test('the newest set is as old as the newest successful run, whatever came after it', () => {
  const runs = [run('20261123003000', 'Stopped'), run('20261123000000'), run('20261122000000')];
  expect(told(clusterWith([task('backup', 'nn', runs)]), /success|newest/)).toEqual([
    `cairn_task_last_success_timestamp_seconds{task=nn,kind=backup} ${Date.UTC(2026, 10, 23) / 1000}`,
    'cairn_task_newest_set_age_seconds{task=nn,kind=backup} 3600',
  ]);
});

test('a set is never younger than nothing, also when the clock went back', () => {
  const state = clusterWith([task('backup', 'nn', [run('20261123020000')])]);
  expect(told(state, /newest_set/)).toEqual(['cairn_task_newest_set_age_seconds{task=nn,kind=backup} 0']);
});

test('a task that has never succeeded has no time of success, and one that has never run no latest run', () => {
  const state = clusterWith([task('backup', 'bad', [run('20261123000000', 'Failed')]), task('backup', 'new')]);
  expect(told(state, /success|newest/)).toEqual([]);
  expect(told(state, /task=new/)).toEqual(
    ['Successful', 'Failed', 'Stopped'].map(
      (outcome) => `cairn_task_runs_recent{task=new,kind=backup,outcome=${outcome}} 0`,
    ),
  );
});

test('the latest success is told as long as no later one is, however many runs have failed since', () => {
  const old = task('backup', 'nn', [run('20261123000100', 'Failed')], { lastSuccess: '20261122235900' });
  expect(told(clusterWith([old]), /last_success/)).toEqual([
    `cairn_task_last_success_timestamp_seconds{task=nn,kind=backup} ${Date.UTC(2026, 10, 22, 23, 59) / 1000}`,
  ]);
});

test('a restoration makes no set', () => {
  const state = clusterWith([task('restoration', 'back', [run('20261123000000')])]);
  expect(told(state, /last_success/)).toHaveLength(1);
  expect(told(state, /newest_set/)).toEqual([]);
});

test('the latest ten runs are counted by outcome', () => {
  const runs = [run('20261123000300', 'Failed'), run('20261123000200', 'Failed'), run('20261123000100')];
  expect(told(clusterWith([task('backup', 'nn', runs)]), /recent/)).toEqual([
    'cairn_task_runs_recent{task=nn,kind=backup,outcome=Successful} 1',
    'cairn_task_runs_recent{task=nn,kind=backup,outcome=Failed} 2',
    'cairn_task_runs_recent{task=nn,kind=backup,outcome=Stopped} 0',
  ]);
});

test('a run that was stopped while it waited is counted, and is not the latest that ran', () => {
  const waited = '20261123000300 0s Stopped manual 0B waited';
  const samples = told(
    clusterWith([task('backup', 'nn', [waited, run('20261123000200')])]),
    /last_run_start|run.*Stopped/,
  );
  expect(samples).toEqual([
    'cairn_task_runs_recent{task=nn,kind=backup,outcome=Stopped} 1',
    'cairn_task_last_run_outcome{task=nn,kind=backup,outcome=Stopped} 0',
    `cairn_task_last_run_start_timestamp_seconds{task=nn,kind=backup} ${Date.UTC(2026, 10, 23, 0, 2) / 1000}`,
  ]);
});

test('tasks are counted by kind and status, what waits and what stands is counted', () => {
  const tasks = [
    task('backup', 'a', [], { status: 'Waiting' }),
    task('backup', 'b', [], { status: 'Waiting' }),
    task('restoration', 'c', [], { status: 'Failed' }),
  ];
  const queue = ['a', 'b'].map((name) => ({ key: name, task: name, trigger: 'manual' as const }));
  const alarms = [{ id: '12035' as const, task: 'c', raised: now, text: 'why' }];
  expect(told(clusterWith(tasks, { queue, alarms }), /(tasks|waiting|alarms).* [^0]/)).toEqual([
    'cairn_queue_waiting{} 2',
    'cairn_alarms{id=12035} 1',
    'cairn_tasks{kind=backup,status=Waiting} 2',
    'cairn_tasks{kind=restoration,status=Failed} 1',
  ]);
});

test('the run that goes on is told with its task, a clean-up as one, and not one that nobody knows yet', () => {
  const identity = { key: 'k', task: 'nn', label: '20261123000000', trigger: 'manual', since: now } as const;
  const running = (more: object) => told({ ...empty, running: { ...identity, kind: 'backup', ...more } }, /running/);
  expect(running({})).toEqual(['cairn_running{task=nn,kind=backup} 1']);
  expect(running({ kind: 'cleanUp' })).toEqual(['cairn_running{task=nn,kind=cleanUp} 1']);
  expect(running({ task: '', label: '', found: true })).toEqual([]);
});

test('every sample has the labels that its metric is said to have', () => {
  const runs = [run('20261123000000')];
  const state = clusterWith([task('backup', 'constructor', runs), task('restoration', 'back', runs)]);
  const samples = samplesOf(state, now);
  for (const { name, labels } of samples) expect(Object.keys(labels)).toEqual(metrics[name].labels);
  expect(samples.every(({ labels }) => labels['cluster'] === 'prod-1')).toBe(true);
});
