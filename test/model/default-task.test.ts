import { type ClusterState, newCluster, taskOf } from '../../model/cluster-state';
import { decide } from '../../model/decide';
import { isDefaultTaskName, withDefaultTask } from '../../model/default-task';
import { nextRunOf } from '../../model/periodic';
import type { ClusterFacts } from '../../model/run';
import { productSettings } from '../../model/settings';

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

it('its sources follow the configuration of the cluster', () => {
  const state = made();
  const task = taskOf(state, 'default-prod-1')!;
  if (task.spec.kind !== 'backup') throw new Error('no backup task');
  const none = { ...state, tasks: { 'default-prod-1': { ...task, spec: { ...task.spec, sources: [] } } } };
  expect(withDefaultTask(none, now)).toEqual(state);
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
