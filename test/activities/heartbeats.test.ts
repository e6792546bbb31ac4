import { MockActivityEnvironment } from '@temporalio/testing';
import { createHostActivities } from '../../activities';
import type { Plugins } from '../../activities/plugins';
import { openSpool, type Spool } from '../../sets/spool';
import { createMemoryTarget } from '../fakes/memory-target';

const slowMs = 1000;
const heartbeatTimeoutMs = 60;
const slowly = async <T>(answer?: T) =>
  await new Promise<T>((resolve) => setTimeout(() => resolve(answer as T), slowMs));

/** A host whose disk takes its time for everything. */
const spool: Spool = { ...openSpool('/nowhere'), remove: () => slowly(), leftovers: () => slowly([]) };
const target = {
  ...createMemoryTarget(new Map()),
  freeBytes: () => slowly(2),
  stat: () => slowly(undefined),
  async *list() {
    yield await slowly({ name: '1/other', bytes: 1 });
  },
};
const plugins = {
  host: 'here',
  spool,
  facts: () => ({ version: '3.3.0', localBackupHosts: ['here'] }),
  openSource: () => ({
    source: { traits: { needsFreeDisk: true }, forget: () => slowly() },
    parts: () => [{ part: 'p' }],
  }),
  openTarget: () => ({ target, root: '1', usedBytes: () => slowly(1) }),
} as unknown as Plugins;

const step = {
  cluster: '1',
  task: 'nn',
  creation: '20261122120000',
  label: '20261122120001',
  writtenAs: 'NameNode',
  source: 'nameNode',
  part: 'p',
  target: { kind: 'localDir' },
  freeLocalBytes: 1,
  maxLocalBytes: 2,
  prefix: '',
  spec: { kind: 'backup', sources: [] },
};
const activities = createHostActivities(plugins) as unknown as Record<string, (step: object) => Promise<unknown>>;

/** Those that a disk full of sets makes slow. */
test.each([
  'checkSpace',
  'releaseBackUp',
  'releaseRestore',
  'forgetBefore',
  'findCreation',
  'listSets',
  'removeRemains',
])('%s says that it goes on while a slow disk keeps it, so that it is not taken for dead', async (name) => {
  const environment = new MockActivityEnvironment({ heartbeatTimeoutMs });
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  await environment.run(activities[name]!, step);
  expect(beats).toBeGreaterThan(2);
});
