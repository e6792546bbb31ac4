import { mkdir } from 'node:fs/promises';
import { resultOfRun } from '../../client/run-result';
import type { BackupTask } from '../../model/task';
import type { RunningWorker } from '../../workers/run-worker';
import { fakePlugins } from '../kit/fake-plugins';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  stateOf,
  taskAlarms,
  untilState,
  workFor,
} from '../kit/stage';

/** Nobody waits for a host that is away longer than he must. */
let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage?.close());

/** A worker of the cluster on a host of its own, with these management hosts. */
async function workOn(cluster: FakeCluster, host: string, managementHosts: string[]): Promise<RunningWorker> {
  const spool = `${cluster.spool}-${host}`;
  await mkdir(spool, { recursive: true });
  const clusters = cluster.config.clusters.map((one) => ({
    ...one,
    localBackup: { ...one.localBackup, hosts: managementHosts },
  }));
  const config = { ...cluster.config, host, spool, clusters };
  return await workFor({ ...cluster, config, plugins: fakePlugins(config, cluster.data, cluster.script) });
}

async function startBackup(on: Stage, cluster: string, target: object): Promise<void> {
  const [source] = folderTask(cluster).sources;
  const task = { ...folderTask(cluster), sources: [{ ...source!, target }] } as BackupTask;
  expect(await ask(on, cluster, { do: 'putTask', task })).toMatchObject({ accepted: true });
  expect(await ask(on, cluster, { do: 'start', task: 'nn', trigger: 'manual' })).toMatchObject({ accepted: true });
}

async function endOf(on: Stage, cluster: string) {
  await untilState(
    on,
    cluster,
    ({ tasks, running }) => !running && !['Ready', 'Waiting', 'Running'].includes(tasks['nn']!.status),
  );
  const { ended } = await stateOf(on, cluster);
  return (await resultOfRun(on.client, cluster, ended.at(-1)!.runId!))!;
}

const remote = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' };

test('the next management host serves when the first one has just gone; where none is there, a backup to elsewhere has a note more', async () => {
  const other = await openStage();
  const [two, none] = [await fakeCluster(stage, 'two'), await fakeCluster(other, 'none')];
  const first = await workOn(two, 'a', ['a', 'b']);
  await workOn(two, 'b', ['a', 'b']);
  await workOn(none, 'c', ['gone']);
  await first.stop();
  await Promise.all([startBackup(stage, 'two', { kind: 'localDir' }), startBackup(other, 'none', remote)]);
  expect(await endOf(stage, 'two')).toMatchObject({ outcome: 'Successful', parts: [{ host: 'b' }] });
  expect(await endOf(other, 'none')).toMatchObject({
    outcome: 'Successful',
    parts: [{ notes: ['the space in LocalBackup was not looked at: no worker answered on gone'] }],
  });
  await other.close();
});

test('a run that no host could do fails with what to start, and does not keep others waiting', async () => {
  const cluster = await fakeCluster(stage, 'away', { attempts: 3 });
  await workOn(cluster, 'd', ['gone']);
  await startBackup(stage, 'away', { kind: 'localDir' });
  const reason = 'no worker is at work on gone, where it would have to be done HINT: start `cairn worker` there;';
  expect(await endOf(stage, 'away')).toMatchObject({
    outcome: 'Failed',
    parts: [{ errorKind: 'unavailable', reason: expect.stringContaining(reason) as string }],
  });
  expect(taskAlarms(await stateOf(stage, 'away'))).toEqual([]);
  await startBackup(stage, 'away', remote);
  expect(await endOf(stage, 'away')).toMatchObject({ outcome: 'Successful' });
});
