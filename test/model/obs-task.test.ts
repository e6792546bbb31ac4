import { newCluster } from '../../model/cluster-state';
import { obsSchema } from '../../model/obs-schema';
import type { ClusterFacts } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { BackupTask } from '../../model/task';
import { problemOf } from '../../model/task-problems';
import { targetText } from '../../client/words';

const facts: ClusterFacts = {
  id: 'prod-1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  remoteHdfs: [],
  secrets: ['storeKey'],
  authorities: ['own'],
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
  defaultTask: false,
};

const bucket = (more: object = {}) =>
  obsSchema.parse({
    kind: 'obs',
    endpoint: 'https://obs.example.com',
    region: 'cn-north-4',
    bucket: 'backups',
    path: 'cairn/prod-1',
    accessKeyId: 'id',
    secretKeySecret: 'storeKey',
    ...more,
  });

const task = (more: object = {}): BackupTask => ({
  kind: 'backup',
  name: 'nightly',
  cluster: 'prod-1',
  mode: 'manual',
  sources: [{ source: 'nameNode', entry: { source: 'nameNode' }, copies: 3, target: bucket(more) }],
});

const problem = (more: object, version = '3.3.0') =>
  JSON.stringify(problemOf(newCluster({ ...facts, version }), task(more)) ?? '');

test('a bucket with a secret and an authority that the workers know is taken', () => {
  expect(problem({ authority: 'own', objectLock: { mode: 'compliance', days: 30 } })).toBe('""');
});

test('unknown secrets and authorities are refused with those that there are', () => {
  expect(problem({ secretKeySecret: 'other' })).toContain('they have: storeKey');
  expect(problem({ authority: 'other' })).toContain('they have: own');
  const without: ClusterFacts = { ...facts, authorities: [] };
  expect(JSON.stringify(problemOf(newCluster(without), task({ authority: 'own' })))).toContain('they have: none');
});

test('clusters before 3.1.0 have no obs', () => {
  expect(problem({}, '3.0.2')).toContain('cannot go to obs');
  expect(problem({}, '3.1.0')).toBe('""');
});

test('people read of which bucket it is', () => {
  expect(targetText(bucket())).toBe('obs obs.example.com:backups/cairn/prod-1');
});
