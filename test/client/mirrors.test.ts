import { lags, mirrorWarnings } from '../../client/mirrors';
import { type ClusterState, newCluster } from '../../model/cluster-state';
import type { ClusterFacts } from '../../model/run';
import { productSettings } from '../../model/settings';

const now = Date.UTC(2026, 10, 26, 15);
const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: {},
  localBackupHosts: ['node1', 'node2'],
  hosts: [],
  settings: productSettings,
};
const mirrored = { ...newCluster({ ...facts, mirrored: true }) };
const behind = (more: object): ClusterState => ({
  ...mirrored,
  mirrors: { node1: { due: now, behind: 0 }, node2: { due: now, behind: 2, since: now - 3000, ...more } },
});

test('several hosts whose folders nobody keeps equal are a warning; one host, or kept ones, are none', () => {
  expect(mirrorWarnings(newCluster(facts), now)).toEqual([
    expect.stringMatching(/LocalBackup of node2 is not kept equal to that of node1 HINT: localBackup.serve/),
  ]);
  expect(mirrorWarnings(newCluster({ ...facts, localBackupHosts: ['node1'] }), now)).toEqual([]);
  expect(mirrorWarnings(mirrored, now)).toEqual([]);
});

test('a host that is behind is told with its sets and since when, but not in the moments after a run', () => {
  expect(lags(behind({}), now)).toEqual([]);
  expect(lags(behind({}), now + 60_000)).toEqual(['node2: 2 sets behind since 2026-11-26 14:59:57 UTC']);
  expect(lags(behind({ behind: 1, reason: 'the disk is full' }), now)).toEqual([
    'node2: 1 set behind since 2026-11-26 14:59:57 UTC',
  ]);
});
