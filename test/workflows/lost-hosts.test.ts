import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resultOfRun } from '../../client/run-result';
import type { BackupTask, ChosenSet, Task } from '../../model/task';
import type { RunningWorker } from '../../workers/run-worker';
import { fakePlugins } from '../kit/fake-plugins';
import { until } from '../kit/pauses';
import {
  ask,
  dataFolderTask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  pluginsOf,
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

function backupTo(cluster: string, target: object): BackupTask {
  const [source] = folderTask(cluster).sources;
  return { ...folderTask(cluster), sources: [{ ...source!, target }] } as BackupTask;
}

async function start(on: Stage, task: Task): Promise<void> {
  const { cluster, name } = task;
  expect(await ask(on, cluster, { do: 'putTask', task })).toMatchObject({ accepted: true });
  expect(await ask(on, cluster, { do: 'start', task: name, trigger: 'manual' })).toMatchObject({ accepted: true });
}

async function startBackup(on: Stage, cluster: string, target: object): Promise<void> {
  await start(on, backupTo(cluster, target));
}

async function endOf(on: Stage, cluster: string, task = 'nn') {
  await untilState(
    on,
    cluster,
    ({ tasks, running }) => !running && !['Ready', 'Waiting', 'Running'].includes(tasks[task]!.status),
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

/** What a worker on this host is told to do for the cluster is told to that one alone; what lies in HDFS all see. */
function onHost(cluster: FakeCluster, host: string, spool: string): FakeCluster {
  const config = { ...cluster.config, host, spool };
  const script = { errors: {}, calls: { dump: 0, load: 0, revert: 0, mostAtOnce: 0 } };
  const calls = { plan: 0, copyPart: 0, clear: 0, mostAtOnce: 0 };
  const service = { ...cluster.service, source: { calls: [] }, copier: { calls } };
  return { ...cluster, config, script, service, plugins: fakePlugins(config, cluster.data, script, service) };
}

interface Serving {
  readonly worker: RunningWorker;
  readonly of: (id: string) => FakeCluster;
  /** The host that it takes itself for when it plans: any worker may plan, and a test must know where its run begins. */
  plansAs: string;
}

async function serveOn(host: string, clusters: readonly FakeCluster[]): Promise<Serving> {
  const spool = `${clusters[0]!.spool}-${host}`;
  await mkdir(spool, { recursive: true });
  const own = clusters.map((cluster) => onHost(cluster, host, spool));
  const plugins = pluginsOf(own);
  const facts = (id: string) => ({ ...plugins.facts(id), hosts: [serving.plansAs] });
  const config = { ...own[0]!.config, clusters: own.flatMap((one) => one.config.clusters) };
  const of = (id: string) => own.find((one) => one.id === id)!;
  const serving = { plansAs: host, of } as Serving & { worker: RunningWorker };
  serving.worker = await workFor({ ...own[0]!, config, plugins: { ...plugins, facts } });
  return serving;
}

test('what any host of the cluster can do ends on another one when its host is gone for good, and may be stopped meanwhile', async () => {
  const ids = ['metadata', 'data', 'stopped', 'restored'];
  const clusters = await Promise.all(ids.map((id) => fakeCluster(stage, id, {}, { host: 'a' })));
  for (const { service } of clusters) {
    await mkdir(join(service.hdfs, 'data'));
    await writeFile(join(service.hdfs, 'data', 'one'), 'one');
  }
  const [a, b] = [await serveOn('a', clusters), await serveOn('b', clusters)];
  b.plansAs = 'a';
  await start(stage, dataFolderTask('restored', 'made', ['/data']));
  const { label, parts } = await endOf(stage, 'restored', 'made');
  const restored = clusters.at(-1)!;
  await writeFile(join(restored.service.hdfs, 'data', 'one'), 'changed');
  const set: ChosenSet = {
    ...{ target: parts[0]!.target!, name: parts[0]!.set!, source: 'hdfs', part: '', label },
    ...{ cluster: 'restored', productVersion: '3.3.0' },
  };

  a.of('metadata').script.dumpMs = 600_000;
  for (const id of ['data', 'stopped', 'restored']) a.of(id).service.copier.copyMs = 600_000;
  const copied = a.of('restored').service.copier.calls!.copyPart;
  await startBackup(stage, 'metadata', remote);
  for (const id of ['data', 'stopped']) await start(stage, dataFolderTask(id, 'nn', ['/data']));
  await start(stage, { kind: 'restoration', name: 'nn', cluster: 'restored', sets: [set] });
  await until(() => a.of('metadata').script.calls!.dump > 0);
  for (const id of ['data', 'stopped']) await until(() => a.of(id).service.copier.calls!.copyPart > 0);
  await until(() => a.of('restored').service.copier.calls!.copyPart > copied);
  b.plansAs = 'b';
  await a.worker.stop();
  expect(await ask(stage, 'stopped', { do: 'stop', task: 'nn' })).toMatchObject({ accepted: true });

  for (const id of ['metadata', 'data', 'restored'])
    expect(await endOf(stage, id)).toMatchObject({ outcome: 'Successful' });
  expect(b.of('metadata').script.calls!.dump).toBe(1);
  expect(b.of('data').service.copier.calls!.copyPart).toBe(1);
  expect(await readFile(join(restored.service.hdfs, 'data', 'one'), 'utf8')).toBe('one');
  await untilState(stage, 'stopped', ({ tasks, running }) => tasks['nn']!.status === 'Stopped' && !running);
  expect(b.of('stopped').service.source.calls).toContain('release');
  expect(await readdir(join(clusters[2]!.service.hdfs))).toEqual(['data']);
});
