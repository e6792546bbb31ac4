import { type ClusterState, newCluster } from '../../model/cluster-state';
import type { Order } from '../../model/command';
import { decide } from '../../model/decide';
import { isGivenUp, kept } from '../../model/removal';
import { productSettings } from '../../model/settings';
import type { BackupTask } from '../../model/task';

const facts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  remoteHdfs: ['haclusterX'],
  localBackupHosts: ['h1'],
  hosts: ['h1'],
  settings: productSettings,
};
let keys = 0;

function told(state: ClusterState, ...orders: Order[]) {
  let decision = decide(state, command(orders[0]!), 0);
  for (const order of orders.slice(1)) decision = decide(decision.state, command(order), 0);
  return decision;
}

function command(order: Order) {
  return { key: `k${(keys += 1)}`, at: 0, replyTo: 'request/1/k', order };
}

const base = { kind: 'backup', cluster: '1' } as const;
const metadata: BackupTask = {
  ...base,
  name: 'metadata',
  mode: 'periodic',
  period: { started: 0, seconds: 3600 },
  sources: [{ source: 'nameNode', entry: { source: 'nameNode' }, target: { kind: 'localDir' }, copies: 3 }],
};
const data: BackupTask = {
  ...base,
  name: 'data',
  mode: 'manual',
  sources: [
    {
      source: 'hdfs',
      entry: {
        source: 'hdfs',
        nameService: 'hacluster',
        paths: ['/data'],
        recoveryPoints: 1,
        queue: 'default',
        maps: 20,
        bandwidth: 100,
      },
      target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
      copies: 2,
    },
  ],
};
const withTasks = () => told(newCluster(facts), { do: 'putTask', task: metadata }, { do: 'putTask', task: data }).state;

it('tasks go at once; what they kept frozen is given up; the schedules are left to be removed', () => {
  const { state, answer, releases } = told(withTasks(), { do: 'removeCluster' });
  expect(answer).toEqual({ accepted: true, did: 'removed; its sets stay' });
  expect(state).toMatchObject({ tasks: {}, alarms: [], unsynced: ['metadata'], removed: 0 });
  expect(releases?.map(({ spec }) => spec.name)).toEqual(['data']);
  expect(isGivenUp(state)).toBe(false);
  const { unsynced: _none, ...synced } = state;
  expect(isGivenUp(synced)).toBe(true);
});

it('while a task runs or waits it is refused, and nothing changes', () => {
  const busy = told(withTasks(), { do: 'start', task: 'data', trigger: 'manual' }).state;
  const { state, answer, releases } = told(busy, { do: 'removeCluster' });
  expect(answer).toMatchObject({ refusal: 'inUse' });
  expect(state.tasks).toBe(busy.tasks);
  expect([state.removed, releases]).toEqual([undefined, undefined]);
});

it.each<Order>([
  { do: 'putTask', task: metadata },
  { do: 'hold', sets: ['a'], seconds: 60 },
  { do: 'trigger', task: 'metadata', planned: 0 },
])('a removed cluster refuses $do', (order) => {
  const { state, answer } = told(withTasks(), { do: 'removeCluster' }, order);
  expect(answer).toMatchObject({ refusal: 'unknownCluster' });
  expect(state.tasks).toEqual({});
});

it('removed twice it is removed once; brought again by a worker it stays, without its tasks', () => {
  const { state, answer } = told(withTasks(), { do: 'removeCluster' }, { do: 'removeCluster' });
  expect(answer).toMatchObject({ accepted: true });
  expect(told(kept(state), { do: 'putTask', task: metadata }).answer).toMatchObject({ did: 'created' });
});
