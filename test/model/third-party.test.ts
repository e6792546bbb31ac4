import { alarmName } from '../../model/alarms';
import { type ClusterState, newCluster } from '../../model/cluster-state';
import { decide } from '../../model/decide';
import type { ClusterFacts } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { BackupTask, TaskSource } from '../../model/task';
import { withThirdPartyAlarm } from '../../model/third-party';

const now = Date.UTC(2026, 10, 22, 17, 15);
const facts: ClusterFacts = {
  id: 'prod-1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster', 'ns2'] } },
  remoteHdfs: ['haclusterX'],
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
  defaultTask: false,
};
const empty = newCluster(facts);
const away = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' } as const;

function nameNode(target: TaskSource['target'], nameServices?: string[]): TaskSource {
  return {
    source: 'nameNode',
    entry: { source: 'nameNode', ...(nameServices && { nameServices }) },
    target,
    copies: 3,
  };
}

function task(name: string, sources: TaskSource[], isPeriodic = true): BackupTask {
  const period = { started: now, seconds: 86_400 };
  const when = isPeriodic ? { mode: 'periodic' as const, period } : { mode: 'manual' as const };
  return { kind: 'backup', name, cluster: 'prod-1', ...when, sources };
}

let keys = 0;
function tell(state: ClusterState, order: Parameters<typeof decide>[1]['order']): ClusterState {
  const { answer, state: after } = decide(state, { key: `k${(keys += 1)}`, at: now, replyTo: 'r', order }, now);
  expect(answer).toMatchObject({ accepted: true });
  return withThirdPartyAlarm(after, now + keys);
}

const put = (state: ClusterState, one: BackupTask) => tell(state, { do: 'putTask', task: one });
const textsOf = ({ alarms }: ClusterState) => alarms.map((one) => `${alarmName(one)}: ${one.text}`);
const all = ['ALM-12057: no periodic task backs up nameNode to a third-party server'];

test('a cluster without a periodic task to a third party has one alarm that is of no task, and keeps it as it was', () => {
  const raised = withThirdPartyAlarm(empty, now);
  expect(raised.alarms).toEqual([{ id: '12057', raised: now, text: all[0]!.slice('ALM-12057: '.length) }]);
  expect(withThirdPartyAlarm(raised, now + 1)).toBe(raised);
});

test('the manager has one, too, until a periodic task takes it to a third party', () => {
  const manager = withThirdPartyAlarm(newCluster({ ...facts, id: 'oms', services: { oms: true } }), now);
  expect(textsOf(manager)).toEqual(['ALM-12057: no periodic task backs up oms to a third-party server']);
  const source: TaskSource = { source: 'oms', entry: { source: 'oms' }, target: away, copies: 3 };
  expect(textsOf(put(manager, { ...task('one', [source]), cluster: 'oms' }))).toEqual([]);
});

test.each([
  ['manual', task('one', [nameNode(away)], false)],
  ['to the local disk', task('one', [nameNode({ kind: 'localDir' })])],
])('a task that is %s does not clear it', (_what, one) => {
  expect(textsOf(put(empty, one))).toEqual(all);
});

test('a task with service data alone does not clear it', () => {
  const hdfs = { source: 'hdfs', nameService: 'hacluster', paths: ['/a'], recoveryPoints: 1 } as const;
  const entry = { ...hdfs, paths: ['/a'], queue: 'default', maps: 20, bandwidth: 100 };
  expect(textsOf(put(empty, task('one', [{ source: 'hdfs', entry, target: away, copies: 1 }])))).toEqual(all);
});

test('a periodic task to a third party clears it, also locked; deleted or made manual it comes back', () => {
  const raised = withThirdPartyAlarm(empty, now);
  const cleared = put(raised, task('one', [nameNode(away)]));
  expect(cleared.alarms).toEqual([]);
  expect(tell(cleared, { do: 'lock', task: 'one' }).alarms).toEqual([]);
  expect(textsOf(tell(cleared, { do: 'deleteTask', task: 'one' }))).toEqual(all);
  expect(textsOf(put(cleared, task('one', [nameNode(away)], false)))).toEqual(all);
});

test('it names the parts that no such task names, and keeps the time when it was raised', () => {
  const raised = withThirdPartyAlarm(empty, now);
  const half = put(raised, task('one', [nameNode(away, ['hacluster'])]));
  expect(textsOf(half)).toEqual(['ALM-12057: no periodic task backs up nameNode ns2 to a third-party server']);
  expect(half.alarms[0]!.raised).toBe(now);
  expect(put(half, task('two', [nameNode(away, ['ns2'])])).alarms).toEqual([]);
});

test('alarms of tasks stand beside it', () => {
  const of = { id: '12034', task: 'one', raised: 1, text: 'failed' } as const;
  const raised = withThirdPartyAlarm({ ...empty, alarms: [of] }, now);
  expect(raised.alarms).toHaveLength(2);
  expect(put(raised, task('one', [nameNode(away)])).alarms).toEqual([of]);
});

test.each([
  ['without metadata', { services: {} }],
  ['of product version 2.x', { version: '2.1.0' }],
  ['that a worker of an older version brought', { defaultTask: undefined as never }],
])('a cluster %s has no such alarm', (_what, more) => {
  const state = newCluster({ ...facts, ...more });
  expect(withThirdPartyAlarm(state, now)).toBe(state);
});

test('it is cleared when the cluster has no such metadata any more', () => {
  const raised = withThirdPartyAlarm(empty, now);
  expect(withThirdPartyAlarm({ ...raised, cluster: { ...facts, services: {} } }, now).alarms).toEqual([]);
});

test('a cluster that is being removed asks for nothing any more', () => {
  const removed = tell(withThirdPartyAlarm(empty, now), { do: 'removeCluster' });
  expect(removed.alarms).toEqual([]);
  expect(withThirdPartyAlarm(removed, now)).toBe(removed);
});
