import { type ClusterState, newCluster, shortRun, type TaskState } from '../../model/cluster-state';
import { notRun, shortNotRun } from '../../model/period';
import { productSettings } from '../../model/settings';
import type { BackupTask } from '../../model/task';
import { clusterPage } from '../../workflows/cluster-page';
import { folderTask } from '../kit/stage';

const now = Date.UTC(2026, 10, 26, 14, 30);
const [hour, day] = [3600, 86_400];
const facts = {
  id: 'east',
  version: '3.3.0',
  services: {},
  localBackupHosts: [],
  hosts: ['h'],
  settings: productSettings,
};

beforeEach(() => jest.useFakeTimers({ now }));
afterEach(() => jest.useRealTimers());

test('backup and restoration tasks stand in tables of their own; only where tasks run by themselves they say when', () => {
  expect(tablesOf({ a: task(folderTask('east', 'a')), back: restoration() })).toEqual([
    ['backup task', 'status', 'latest run, UTC'],
    ['a', 'Ready', '–'],
    ['restoration task', 'status', 'latest run, UTC'],
    ['back', 'Ready', '–'],
  ]);
});

test('a table says when each task ran, what it made, and when it runs next; years only where it is another one', () => {
  const ran = { seconds: 5, trigger: 'manual', bytes: 2048 } as const;
  const runs = (label: string, outcome: 'Successful' | 'Failed') => [shortRun({ ...ran, label, outcome })];
  const tasks = {
    hourly: task(periodic('hourly', hour), { runs: runs('20261126142715', 'Successful') }),
    monthly: task(periodic('monthly', 40 * day), { runs: runs('20251231235900', 'Failed'), status: 'Failed' }),
    'on-leave': task(periodic('on-leave', day), { locked: { since: 0 } }),
    sometimes: task(folderTask('east', 'sometimes')),
  };
  expect(tablesOf(tasks)).toEqual([
    ['backup task', 'status', 'latest run, UTC', 'next run, UTC'],
    ['monthly', '**Failed**', '2025-12-31 23:59', '2027-01-05 15:00'],
    ['hourly', 'Ready', '11-26 14:27, 2.0 KiB', '11-26 15:00'],
    ['on-leave', 'Ready', '–', '**locked**'],
    ['sometimes', 'Ready', '–', 'by hand only'],
  ]);
});

test('a planned time that led to no run is told with its reason, until there is a newer run', () => {
  const near = { because: 'near', seconds: 6, allowed: 120 } as const;
  const planned = { count: 1, first: Date.UTC(2026, 10, 26, 14, 0), last: 0 };
  const postponed = { notRun: [shortNotRun(notRun('postponed', planned, near))] };
  const text =
    '- **hourly** postponed: the run planned for 2026-11-26 14:00:00 UTC, because its latest run started 6 s before, more than 120 s must be between';
  const page = (lastLabel: string) => pageOf({ hourly: task(periodic('hourly', hour), { ...postponed, lastLabel }) });
  expect(page('20261126135954')).toContain(text);
  expect(page('20261126150000')).not.toContain('postponed');
});

test('planned times that nobody asked for are told together', () => {
  const planned = { count: 3, first: Date.UTC(2026, 10, 26, 12, 0), last: 0 };
  const missed = { notRun: [shortNotRun(notRun('missed', planned, { because: 'unasked' }))] };
  expect(pageOf({ hourly: task(periodic('hourly', hour), missed) })).toContain(
    '**hourly** missed: the run planned for 2026-11-26 12:00:00 UTC and 2 more, because nobody asked for it in time',
  );
});

test('a cluster that has been removed says so, and what is left', () => {
  const state = { ...newCluster(facts), removed: now };
  const text = '**Removed** at 2026-11-26 14:30:00 UTC: its tasks, schedules and alarms are gone, its sets stay';
  expect(clusterPage(state, 'default')).toContain(text);
  expect(clusterPage(state, 'default')).not.toMatch(/cairn apply|Running|still/);
  expect(clusterPage({ ...state, unsynced: ['a', 'b'] }, 'default')).toContain('2 of its schedules are still to be');
});

test('an alarm that has been cleared stands on the page no more', () => {
  const alarm = { id: '12034', task: 'hourly', raised: now, text: 'its periodic run failed' } as const;
  const state = stateOf({ hourly: task(periodic('hourly', hour)) });
  expect(clusterPage({ ...state, alarms: [alarm] }, 'default')).toContain('ALM-12034');
  expect(clusterPage(state, 'default')).not.toContain('ALM');
});

function tablesOf(tasks: ClusterState['tasks']): string[][] {
  const rows = pageOf(tasks)
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('| ---'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => typed(cell)),
  );
}

function typed(cell: string): string {
  return cell.replaceAll('\u00a0', ' ').replaceAll('\u2011', '-').replaceAll('\\', '').trim();
}

function pageOf(tasks: ClusterState['tasks']): string {
  return clusterPage(stateOf(tasks), 'default');
}

function stateOf(tasks: ClusterState['tasks']): ClusterState {
  return { ...newCluster(facts), tasks };
}

function task(spec: TaskState['spec'], more: Partial<TaskState> = {}): TaskState {
  return { spec, creation: '20261101000000', status: 'Ready', runs: [], ...more };
}

function periodic(name: string, seconds: number): BackupTask {
  const started = Date.UTC(2026, 10, 26, 15, 0) - (seconds === hour ? 9 * hour * 1000 : 0);
  const period = { started: seconds > day ? started + 40 * day * 1000 : started, seconds };
  return { ...folderTask('east', name), mode: 'periodic', period };
}

function restoration(): TaskState {
  return task({ kind: 'restoration', name: 'back', cluster: 'east', sets: [] });
}
