import { newCluster } from '../../model/cluster-state';
import type { ClusterFacts } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { BackupTask, TargetSpec } from '../../model/task';
import { problemOf } from '../../model/task-problems';

const manager: ClusterFacts = {
  id: 'oms',
  version: '3.3.0',
  services: { oms: true },
  hdfsOf: { c1: ['hacluster'], c2: ['hacluster', 'ns2'] },
  localBackupHosts: ['a'],
  hosts: ['a'],
  settings: productSettings,
};

function task(target: TargetSpec): BackupTask {
  const source = { source: 'oms', entry: { source: 'oms' }, target, copies: 1 } as const;
  return { kind: 'backup', name: 'manager', cluster: 'oms', mode: 'manual', sources: [source] };
}

const localHdfs = (more: object = {}): TargetSpec => ({
  kind: 'localHdfs',
  nameService: 'hacluster',
  path: '/backup',
  ...more,
});
const answerOf = (facts: ClusterFacts, target: TargetSpec) => {
  const answer = problemOf(newCluster(facts), task(target));
  return answer?.accepted === false ? answer.message : undefined;
};

test.each([
  ['c1', 'hacluster'],
  ['c2', 'ns2'],
])('its sets may go to the HDFS of %s, NameService %s', (cluster, nameService) => {
  expect(answerOf(manager, localHdfs({ cluster, nameService }))).toBeUndefined();
});

test.each([
  [{}, /^oms has no HDFS of its own\. HINT: .*there are: c1 hacluster, c2 hacluster, c2 ns2$/],
  [{ cluster: 'c3' }, /^there is no NameService "hacluster" of cluster "c3"\. HINT: /],
  [{ cluster: 'c1', nameService: 'ns2' }, /^there is no NameService "ns2" of cluster "c1"\. HINT: /],
])('an HDFS that is not there is refused with those that are (%j)', (more, message) => {
  expect(answerOf(manager, localHdfs(more))).toMatch(message);
});

test('a cluster keeps its sets in no HDFS of another one', () => {
  const services = { oms: true, nameNode: { nameServices: ['hacluster'] } } as const;
  const cluster: ClusterFacts = { ...manager, id: 'c1', version: '2.1.0', services };
  expect(answerOf(cluster, localHdfs())).toBeUndefined();
  expect(answerOf(cluster, localHdfs({ cluster: 'c1' }))).toBeUndefined();
  expect(answerOf(cluster, localHdfs({ cluster: 'c2' }))).toMatch(/cannot be the HDFS of cluster c2\. HINT: /);
});

test('of product 3.x it is looked after by itself, of 2.x in the one cluster; either way it must be described', () => {
  const services = { nameNode: { nameServices: ['hacluster'] } };
  expect(answerOf({ ...manager, id: 'c1', services }, { kind: 'localDir' })).toMatch(
    /put it into a task of cluster oms$/,
  );
  expect(answerOf({ ...manager, id: 'c1', services, version: '2.1.0' }, { kind: 'localDir' })).toMatch(
    /^cluster c1 has no oms\. HINT: name it under services/,
  );
  expect(answerOf({ ...manager, services: {} }, { kind: 'localDir' })).toMatch(
    /^cluster oms has no oms\. HINT: name it/,
  );
});
