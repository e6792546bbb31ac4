import { restorationLines, taskLines, taskListLines } from '../../client/commands/task-views';
import type { RestorationView, TaskView } from '../../client';
import type { BackupTask, RestorationTask } from '../../model/task';

const target = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup/c1' } as const;
const task: BackupTask = {
  kind: 'backup',
  name: 'nightly',
  cluster: 'c1',
  mode: 'manual',
  sources: [
    { source: 'nameNode', entry: { source: 'nameNode' }, copies: 24, target: { kind: 'localDir' } },
    {
      source: 'hdfs',
      entry: {
        source: 'hdfs',
        nameService: 'hacluster',
        paths: ['/data/a', '/data/b'],
        recoveryPoints: 2,
        queue: 'backups',
        maps: 5,
        bandwidth: 30,
      },
      copies: 7,
      target,
    },
  ],
};
const restoration: RestorationTask = {
  kind: 'restoration',
  name: 'back',
  cluster: 'c1',
  sets: [
    {
      target,
      name: 'nightly_HDFS_20260101000000/20260102000000',
      source: 'hdfs',
      part: '',
      label: '20260102000000',
      cluster: 'c1',
      productVersion: '3.3.0',
      paths: [
        { path: '/data/a', to: '/data/a' },
        { path: '/data/b', to: '/back/b' },
      ],
    },
  ],
  limits: { maps: 3 },
};

function viewOf(spec: TaskView['spec']): TaskView {
  const { kind, name, cluster } = spec;
  return {
    kind,
    name,
    cluster,
    spec,
    status: 'Ready',
    sources: [],
    creation: '20260101000000',
    runs: [],
    notRun: [],
    alarms: [],
  };
}

it('a task with rows shows them, with or without directories', () => {
  const rows = [
    { under: '/user', matching: 'hive.*' },
    { under: '/', matching: 'data\\d' },
  ];
  const source = task.sources.find((one) => one.source === 'hdfs')!;
  const shown = (entry: object) =>
    taskLines(viewOf({ ...task, sources: [{ ...source, entry: { ...source.entry, ...entry } }] }))
      .map((line) => line.trimEnd().replace(/ {2,}/g, '  '))
      .filter((line) => /of hacluster|directories|rows|in \//.test(line));
  const lines = ['rows:  in /user: hive.*', '  in /: data\\d'];
  expect(shown({ paths: ['/a'], rows })).toEqual([
    'hdfs  1 directory and 2 rows of hacluster  remoteHdfs haclusterX:/backup/c1  7',
    'directories:  /a',
    ...lines,
  ]);
  expect(shown({ paths: undefined, rows })).toEqual([
    'hdfs  2 rows of hacluster  remoteHdfs haclusterX:/backup/c1  7',
    ...lines,
  ]);
});

it('a task with service data shows its directories, where they go, and how they are copied', () => {
  const lines = taskLines(viewOf(task)).map((line) => line.trimEnd().replace(/ {2,}/g, '  '));
  expect(lines).toEqual(
    expect.arrayContaining([
      'nameNode  all  localDir  24',
      'hdfs  2 directories of hacluster  remoteHdfs haclusterX:/backup/c1  7',
      'directories:  /data/a',
      '  /data/b',
      'NameService:  hacluster',
      'recovery points:  2 in the cluster',
      'copied by:  Yarn queue backups, at most 5 maps, 30 MB/s for each',
    ]),
  );
});

it('a restoration shows its directories with their places, its limits with the defaults, and what it replaces', () => {
  const view: RestorationView = { ...viewOf(restoration), replaces: ['this', 'and that'] };
  const text = restorationLines(view).join('\n');
  expect(text).toContain('remoteHdfs haclusterX:/backup/c1');
  expect(text).toContain('\n  /data/a\n  /data/b to /back/b\n');
  expect(text).toContain('copied by: Yarn queue default, at most 3 maps, 100 MB/s for each');
  expect(text).toContain('it replaces:\n  this\n  and that\n');
});

it('a run that was stopped while it waited has neither a start nor a length, in the list and in the history', () => {
  const run = { label: '20260102000000', seconds: 0, outcome: 'Stopped', trigger: 'manual', bytes: 0 } as const;
  const runs = [{ ...run, waited: true } as const];
  const told = (lines: readonly string[]) => lines.at(-1)!.trim().replace(/ {2,}/g, '  ');
  expect(told(taskLines({ ...viewOf(task), runs }))).toBe('20260102000000  it never began  Stopped  manual  0 B');
  expect(told(taskListLines([{ ...viewOf(task), runs }]))).toBe(
    'nightly  Ready  -  2026-01-02 00:00:00 UTC, it never began',
  );
});

it('the list shows how far a run is, and a dash for tasks without one', () => {
  const views = [
    { ...viewOf(task), status: 'Running' as const, progress: { phase: 'copying' as const, percent: 42 } },
    { ...viewOf({ ...task, name: 'other' }), status: 'Running' as const, progress: { phase: 'freezing' as const } },
    { ...viewOf({ ...task, name: 'third' }), status: 'Running' as const },
    viewOf({ ...task, name: 'fourth' }),
  ];
  expect(taskListLines(views).map((line) => line.trim().replace(/ {2,}/g, '  '))).toEqual([
    'task  status  progress  sources  latest run',
    'nightly  Running  copying 42 %',
    'other  Running  freezing',
    'third  Running  -',
    'fourth  Ready  -',
  ]);
});
