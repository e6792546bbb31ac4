import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resultOfRun } from '../../client/run-result';
import { parseShortRun } from '../../model/cluster-state';
import { workflowIds } from '../../model/names';
import type { BackupTask, RestorationTask } from '../../model/task';
import type { RunningWorker } from '../../workers/run-worker';
import { folderPart } from '../fakes/folder-source';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  pluginsOf,
  type Stage,
  stateOf,
  untilState,
  workFor,
} from '../kit/stage';

/** One for both clusters. */
async function openWorker(): Promise<RunningWorker> {
  const config = { ...manager.config, clusters: [manager, other].flatMap(({ config }) => config.clusters) };
  return await workFor({ ...manager, config, plugins: pluginsOf([manager, other]) });
}

let stage: Stage;
let manager: FakeCluster;
let other: FakeCluster;
let worker: RunningWorker;
let restoration: RestorationTask;

beforeAll(async () => {
  stage = await openStage();
  [manager, other] = [withOms(await fakeCluster(stage, 'oms')), await fakeCluster(stage, 'c1')];
  worker = await openWorker();
  await put(folderTask('c1', 'nn'));
  await put(omsTask());
  await start('oms', 'backup');
  const { tasks } = await untilState(stage, 'oms', ({ tasks }) => tasks['backup']!.status === 'Successful');
  const { creation, runs } = tasks['backup']!;
  const { label } = parseShortRun(runs[0]!);
  restoration = {
    kind: 'restoration',
    name: 'back',
    cluster: 'oms',
    sets: [
      {
        target: { kind: 'localDir' },
        name: `0/backup_${creation}/3.3.0_OMS_${label}`,
        source: 'oms',
        part: '',
        label,
        cluster: 'oms',
        productVersion: '3.3.0',
      },
    ],
  };
  await put(restoration);
});

afterAll(async () => {
  await worker?.stop();
  await stage?.close();
});

/** A folder stands for the manager, as for the NameNode. */
function withOms(cluster: FakeCluster): FakeCluster {
  const { plugins } = cluster;
  const parts = () => [{ ...folderPart(), part: '', writtenAs: 'OMS' }];
  return {
    ...cluster,
    plugins: {
      ...plugins,
      facts: (id) => ({ ...plugins.facts(id), services: { oms: true } }),
      openSource: (...asked) => ({ ...plugins.openSource(...asked), parts }),
    },
  };
}

function omsTask(): BackupTask {
  const [source] = folderTask('oms', 'backup').sources;
  return { ...folderTask('oms', 'backup'), sources: [{ ...source!, source: 'oms', entry: { source: 'oms' } }] };
}

async function put(task: BackupTask | RestorationTask): Promise<void> {
  expect(await ask(stage, task.cluster, { do: 'putTask', task })).toMatchObject({ accepted: true });
}

async function start(cluster: string, task: string): Promise<void> {
  expect(await ask(stage, cluster, { do: 'start', task, trigger: 'manual' })).toMatchObject({ accepted: true });
}

const statusOf = async (cluster: string, task: string) => (await stateOf(stage, cluster)).tasks[task]!.status;
const untilStatus = (cluster: string, task: string, status: string) =>
  untilState(stage, cluster, ({ tasks }) => tasks[task]!.status === status);
const untilPaused = () => untilState(stage, 'c1', ({ paused }) => paused !== undefined);
const untilResumed = () => untilState(stage, 'c1', ({ paused }) => paused === undefined);

async function lastRun(cluster: string) {
  const { ended } = await stateOf(stage, cluster);
  return (await resultOfRun(stage.client, cluster, ended.at(-1)!.runId!))!;
}

test('stopped while it waits for the others, it restores nothing and lets all queues go on', async () => {
  Object.assign(other.script, { dumpMs: 60_000 });
  await start('c1', 'nn');
  await untilStatus('c1', 'nn', 'Running');
  await start('oms', 'back');
  const { paused } = await untilPaused();
  expect(paused!.owner).toMatch(/^restoration back \d{14} of cluster oms$/);
  await ask(stage, 'oms', { do: 'stop', task: 'back' });
  await untilStatus('oms', 'back', 'Stopped');
  await untilResumed();
  expect(manager.script.calls!.load).toBe(0);
  expect(await statusOf('c1', 'nn')).toBe('Running');
  await ask(stage, 'c1', { do: 'stop', task: 'nn' });
  await untilStatus('c1', 'nn', 'Stopped');
});

test('where another one has paused a cluster it fails, says whose pause that is, and leaves that alone', async () => {
  expect(await ask(stage, 'oms', { do: 'pause', owner: 'somebody', seconds: 600 })).toMatchObject({ accepted: true });
  await ask(stage, 'oms', { do: 'resume', owner: 'somebody' });
  expect(await ask(stage, 'c1', { do: 'pause', owner: 'somebody', seconds: 600 })).toMatchObject({ accepted: true });
  await start('oms', 'back');
  await untilStatus('oms', 'back', 'Failed');
  expect(await lastRun('oms')).toMatchObject({
    parts: [{ source: 'oms', errorKind: 'conflict', reason: expect.stringContaining('paused by somebody') as string }],
  });
  expect((await stateOf(stage, 'c1')).paused).toMatchObject({ owner: 'somebody' });
  await ask(stage, 'c1', { do: 'resume', owner: 'somebody' });
  expect(manager.script.calls!.load).toBe(0);
});

test('a run that somebody terminates is cleaned up behind, and all queues go on', async () => {
  Object.assign(manager.script, { loadMs: 60_000 });
  await start('oms', 'back');
  await untilPaused();
  while (manager.script.calls!.load === 0) await sleep(50);
  await stage.client.workflow.getHandle(workflowIds.run('oms')).terminate('by hand');
  Object.assign(manager.script, { loadMs: 0 });
  await untilStatus('oms', 'back', 'Failed');
  await untilResumed();
});

test('handed on to another worker in the middle it goes on, and so does the pause until it has ended', async () => {
  Object.assign(manager.script, { loadMs: 60_000 });
  Object.assign(other.script, { dumpMs: 0 });
  const loads = manager.script.calls!.load;
  await put({ ...restoration, name: 'again' });
  await start('oms', 'again');
  while (manager.script.calls!.load === loads) await sleep(50);
  await start('c1', 'nn');
  await worker.stop();
  Object.assign(manager.script, { loadMs: 1000 });
  worker = await openWorker();
  while (manager.script.calls!.load === loads + 1) await sleep(50);
  expect(await statusOf('c1', 'nn')).toBe('Waiting');
  await untilStatus('oms', 'again', 'Successful');
  await untilStatus('c1', 'nn', 'Successful');
});

test('it begins when no cluster runs, nothing starts while it goes on, and what waited runs after it', async () => {
  Object.assign(other.script, { dumpMs: 3000 });
  Object.assign(manager.script, { loadMs: 3000 });
  await writeFile(join(manager.data, 'image'), 'changed');
  await start('c1', 'nn');
  await untilStatus('c1', 'nn', 'Running');
  const loads = manager.script.calls!.load;
  await start('oms', 'back');
  await untilPaused();
  await untilStatus('c1', 'nn', 'Successful');
  expect(await ask(stage, 'c1', { do: 'start', task: 'nn', trigger: 'manual' })).toMatchObject({ did: 'waiting' });
  while (manager.script.calls!.load === loads) await sleep(50);
  expect(await statusOf('c1', 'nn')).toBe('Waiting');
  await untilStatus('oms', 'back', 'Successful');
  expect(await readFile(join(manager.data, 'image'), 'utf8')).toBe('data of oms');

  const { ended } = await untilStatus('c1', 'nn', 'Successful');
  const [before, after] = await Promise.all(ended.slice(-2).map(({ runId }) => timesOf(workflowIds.run('c1'), runId)));
  const part = await timesOf(workflowIds.part('oms', 'oms'));
  expect(part.begin).toBeGreaterThanOrEqual(before!.end);
  expect(after!.begin).toBeGreaterThanOrEqual(part.end);
  const { events } = await stage.client.workflow.getHandle(workflowIds.run('oms')).fetchHistory();
  expect(events!.length).toBeLessThan(100);
});

/** As the server has them, in milliseconds since 1970. */
async function timesOf(workflowId: string, runId?: string) {
  const { startTime, closeTime } = await stage.client.workflow.getHandle(workflowId, runId).describe();
  return { begin: startTime.getTime(), end: closeTime!.getTime() };
}
