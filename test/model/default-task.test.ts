import { type ClusterState, newCluster, taskOf } from '../../model/cluster-state';
import { decide } from '../../model/decide';
import { isDefaultTaskName, withDefaultTask } from '../../model/default-task';
import { nextRunOf } from '../../model/periodic';
import type { ClusterFacts } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { BackupTask, TaskSource } from '../../model/task';

const now = Date.UTC(2026, 10, 22, 17, 15, 0, 400);
const hour = 3_600_000;

const facts: ClusterFacts = {
  id: 'prod-1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
  defaultTask: true,
};

const dataSource = { source: 'hdfs', entry: { source: 'hdfs', paths: ['/d'] }, copies: 1 } as const;

const made = (more: Partial<ClusterFacts> = {}) => withDefaultTask(newCluster({ ...facts, ...more }), now);

it('is hourly, in full, to LocalDir, with the copies of the product', () => {
  const { spec } = taskOf(made(), 'default-prod-1')!;
  expect(spec).toEqual({
    kind: 'backup',
    name: 'default-prod-1',
    cluster: 'prod-1',
    mode: 'periodic',
    period: { started: now - 400 + hour, seconds: 3600 },
    sources: [{ source: 'nameNode', entry: { source: 'nameNode' }, target: { kind: 'localDir' }, copies: 24 }],
  });
  expect(made().unsynced).toEqual(['default-prod-1']);
  expect(nextRunOf(taskOf(made(), 'default-prod-1')!, now)).toBe(now - 400 + hour);
});

it('of the manager is `default-oms`, with a week of hours', () => {
  const state = made({ id: 'oms', services: { oms: true } });
  const sources = [{ source: 'oms', entry: { source: 'oms' }, target: { kind: 'localDir' }, copies: 168 }];
  expect(taskOf(state, 'default-oms')).toMatchObject({ spec: { cluster: 'oms', sources } });
});

it('in product 2.x is that of the manager, too, which belongs to the one cluster', () => {
  const services = { oms: true, nameNode: { nameServices: ['hacluster'] } } as const;
  const { spec } = taskOf(made({ version: '2.1.0', services }), 'default')!;
  expect(spec).toMatchObject({
    sources: [
      { source: 'oms', copies: 2 },
      { source: 'nameNode', copies: 2 },
    ],
  });
});

it('is called `default` in product 2.x, and keeps two sets', () => {
  expect(taskOf(made({ version: '2.1.0' }), 'default')).toMatchObject({ spec: { sources: [{ copies: 2 }] } });
});

it('is not made where the configuration says so, in what older versions wrote, and where there is nothing for it', () => {
  for (const more of [{ defaultTask: false }, { defaultTask: undefined as never }, { services: {} }])
    expect(made(more).tasks).toEqual({});
});

it('is made once: whoever deletes it has his way, and what he changes stays', () => {
  const told = (state: ClusterState, order: Parameters<typeof decide>[1]['order']) =>
    decide(state, { key: JSON.stringify(order), at: now, replyTo: 'r', order }, now).state;
  const state = made();
  expect(withDefaultTask(state, now + hour)).toBe(state);
  const gone = told(state, { do: 'deleteTask', task: 'default-prod-1' });
  expect(withDefaultTask(gone, now).tasks).toEqual({});
  const spec = taskOf(state, 'default-prod-1')!.spec;
  if (spec.kind !== 'backup') throw new Error('no backup task');
  const fewer = { ...spec, sources: spec.sources.map((one) => ({ ...one, copies: 5 })) };
  const changed = told(state, { do: 'putTask', task: fewer });
  expect(withDefaultTask(changed, now)).toBe(changed);
});

const both = { oms: true, nameNode: { nameServices: ['hacluster'] } } as const;
const old = { version: '2.1.0' };
const sourcesIn = (state: ClusterState, name = 'default') => {
  const { spec } = taskOf(state, name)!;
  return spec.kind === 'backup' ? spec.sources.map(({ source }) => source) : [];
};
const withSources = (state: ClusterState, sources: readonly TaskSource[]): ClusterState => {
  const task = taskOf(state, 'default')!;
  return { ...state, tasks: { default: { ...task, spec: { ...task.spec, sources } as BackupTask } } };
};
const of = (services: ClusterFacts['services'], state: ClusterState) =>
  withDefaultTask({ ...state, cluster: { ...state.cluster, services } }, now);

it('its sources follow the configuration of the cluster', () => {
  const one = made({ ...old, services: { nameNode: both.nameNode } });
  expect(sourcesIn(one)).toEqual(['nameNode']);
  const two = of(both, one);
  expect(sourcesIn(two)).toEqual(['oms', 'nameNode']);
  expect(sourcesIn(of({ oms: true }, two))).toEqual(['oms']);
  expect(of(both, two)).toEqual(two);
});

it('a source that somebody adds stays, and one that he takes out does not come back', () => {
  const state = made({ ...old, services: both });
  const hdfs = {
    ...dataSource,
    target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/b' },
  } as unknown as TaskSource;
  const [oms, nameNode] = (taskOf(state, 'default')!.spec as BackupTask).sources;
  const more = withSources(state, [oms!, nameNode!, hdfs]);
  expect(of(both, more)).toEqual(more);
  const other = withSources(state, [nameNode!, hdfs]);
  expect(of(both, other)).toEqual(other);
  expect(sourcesIn(of({ oms: true }, other))).toEqual(['hdfs']);
  // Gone from the configuration and there again: it is offered anew.
  expect(sourcesIn(of(both, of({ nameNode: both.nameNode }, other)))).toEqual(['oms', 'nameNode', 'hdfs']);
});

it('what an older version wrote has been given what stands in it', () => {
  const { defaultSources: _none, ...before } = made({ ...old, services: { nameNode: both.nameNode } });
  expect(sourcesIn(of({ nameNode: both.nameNode }, before))).toEqual(['nameNode']);
  expect(sourcesIn(of(both, before))).toEqual(['oms', 'nameNode']);
});

it('a task of that name which somebody made before is left as it is', () => {
  const spec = { ...(taskOf(made(), 'default-prod-1')!.spec as object), sources: [], mode: 'manual' } as never;
  const own = { spec, creation: '20260101000000', status: 'Ready' as const, runs: [] };
  const state = { ...newCluster(facts), tasks: { 'default-prod-1': own } };
  expect(withDefaultTask(state, now)).toBe(state);
});

it.each(['default', 'default-oms', 'default-c1'])('%s is the name of a default task of cluster c1', (name) => {
  expect(isDefaultTaskName('c1', name)).toBe(true);
});

it.each(['default-c2', 'default-', 'Default', 'defaults', 'my-default', 'default-c1-old'])(
  '%s is not the name of a default task of cluster c1',
  (name) => expect(isDefaultTaskName('c1', name)).toBe(false),
);
