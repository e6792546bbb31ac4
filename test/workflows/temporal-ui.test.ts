import { readdir, readFile } from 'node:fs/promises';
import { BackupError } from '../../model/errors';
import { messages } from '../../model/messages';
import { workflowIds } from '../../model/names';
import type { RestorationTask } from '../../model/task';
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
import { join } from 'node:path';
import { pressReset } from '../kit/history';
import type { RunningWorker } from '../../workers/run-worker';
import { registerCluster } from '../../workers/register';

/** What people press in the Temporal UI, done through the same calls. */
let stage: Stage;
let worker: RunningWorker | undefined;

beforeAll(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});
afterAll(async () => {
  await stage?.close();
});

async function running(id: string, script: FakeCluster['script']): Promise<FakeCluster> {
  const cluster = await fakeCluster(stage, id);
  worker = await workFor(cluster);
  for (const name of ['a', 'b']) await ask(stage, id, { do: 'putTask', task: folderTask(id, name) });
  Object.assign(cluster.script, script);
  await ask(stage, id, { do: 'start', task: 'a', trigger: 'manual' });
  await untilState(stage, id, ({ running, tasks }) => running !== undefined || tasks['a']!.runs.length > 0);
  await untilDumping(cluster);
  return cluster;
}

async function untilDumping(cluster: FakeCluster): Promise<void> {
  while (cluster.script.calls!.dump === 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

const run = (id: string) => stage.client.workflow.getHandle(workflowIds.run(id));
const clusterHandle = (id: string) => stage.client.workflow.getHandle(workflowIds.cluster(id));

async function filesOf(cluster: FakeCluster): Promise<string[]> {
  const names = await readdir(cluster.localBackup, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function spoolOf(cluster: FakeCluster): Promise<string[]> {
  const names = await readdir(cluster.spool, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test('Cancel on a run stops it: the task is Stopped, no set and no remains are left, the next one starts', async () => {
  const cluster = await running('cancel-run', { dumpMs: 60_000 });
  await ask(stage, cluster.id, { do: 'start', task: 'b', trigger: 'manual' });
  await run(cluster.id).cancel();
  await untilState(stage, cluster.id, ({ tasks }) => tasks['a']!.status === 'Stopped');
  expect(await filesOf(cluster)).toEqual([]);
  await ask(stage, cluster.id, { do: 'stop', task: 'b' });
  await untilState(stage, cluster.id, ({ tasks }) => tasks['b']!.status === 'Stopped');
  cluster.script.dumpMs = 0;
  await ask(stage, cluster.id, { do: 'start', task: 'a', trigger: 'manual' });
  await untilState(stage, cluster.id, ({ tasks }) => tasks['a']!.status === 'Successful');
  expect(await spoolOf(cluster)).toEqual([]);
});

test('Terminate on a run: the task is Failed, a clean-up removes the remains before the next one starts', async () => {
  const cluster = await running('terminate-run', { dumpMs: 60_000 });
  await ask(stage, cluster.id, { do: 'start', task: 'b', trigger: 'manual' });
  await run(cluster.id).terminate('pressed by hand');
  const cleaning = await untilState(stage, cluster.id, (state) => state.running?.kind === 'cleanUp');
  expect(cleaning.queue.map((one) => one.task)).toEqual(['b']);
  cluster.script.dumpMs = 0;
  const state = await untilState(stage, cluster.id, ({ tasks }) => tasks['b']!.status === 'Successful');
  expect(state.tasks['a']).toMatchObject({
    status: 'Failed',
    reason: expect.stringContaining('terminated by hand') as string,
  });
  expect(await filesOf(cluster)).toHaveLength(2);
  expect(await spoolOf(cluster)).toEqual([]);
});

test('Reset on a run: it goes on as another one, which is waited for and recorded once', async () => {
  const cluster = await running('reset-run', { dumpMs: 4000 });
  await pressReset(stage.client, workflowIds.run(cluster.id));
  cluster.script.dumpMs = 0;
  const state = await untilState(
    stage,
    cluster.id,
    ({ tasks }) => !['Running', 'Waiting'].includes(tasks['a']!.status),
  );
  expect(state.tasks['a']).toMatchObject({ status: 'Successful' });
  expect(state.tasks['a']!.runs).toHaveLength(1);
  expect(await filesOf(cluster)).toHaveLength(2);
  expect(cluster.script.calls!.mostAtOnce).toBe(1);
});

test('Cancel on a cluster does nothing: it has no end of its own', async () => {
  const cluster = await running('cancel-cluster', { dumpMs: 1000 });
  await clusterHandle(cluster.id).cancel();
  await untilState(stage, cluster.id, ({ tasks }) => tasks['a']!.status === 'Successful');
  expect(await ask(stage, cluster.id, { do: 'start', task: 'b', trigger: 'manual' })).toMatchObject({ accepted: true });
  await untilState(stage, cluster.id, ({ tasks }) => tasks['b']!.status === 'Successful');
  expect((await clusterHandle(cluster.id).describe()).status.name).toBe('RUNNING');
});

test('Terminate on a cluster while a run goes on: a worker starts it again, the run is adopted, who waits still waits', async () => {
  const cluster = await running('terminate-cluster', { dumpMs: 5000 });
  await ask(stage, cluster.id, { do: 'start', task: 'b', trigger: 'manual' });
  await clusterHandle(cluster.id).terminate('pressed by mistake');
  expect(await registerCluster(stage.client, cluster.plugins.facts(cluster.id))).toBe('rescued');
  cluster.script.dumpMs = 0;
  const state = await untilState(stage, cluster.id, ({ tasks }) => tasks['b']!.status === 'Successful');
  expect(state.tasks['a']).toMatchObject({ status: 'Successful' });
  expect(state.ended.map((one) => one.task)).toEqual(['a', 'b']);
  expect(cluster.script.calls).toMatchObject({ dump: 2, mostAtOnce: 1 });
});

test('Terminate on a cluster right after a quick run: the run is not repeated', async () => {
  const cluster = await running('terminate-quick', { dumpMs: 0 });
  await stage.client.workflow.getHandle(workflowIds.run(cluster.id)).result();
  await clusterHandle(cluster.id).terminate('pressed by mistake');
  await registerCluster(stage.client, cluster.plugins.facts(cluster.id));
  const state = await untilState(stage, cluster.id, (one) => one.running === undefined && one.queue.length === 0);
  expect(state.tasks['a']).toMatchObject({ status: 'Successful' });
  expect(cluster.script.calls!.dump).toBe(1);
});

test('Reset on a cluster repeats nothing: never two runs at once, nothing runs a second time', async () => {
  const cluster = await running('reset-cluster', { dumpMs: 3000 });
  await pressReset(stage.client, workflowIds.cluster(cluster.id));
  const state = await untilState(stage, cluster.id, ({ tasks }) => tasks['a']!.status === 'Successful');
  expect(state.queue).toEqual([]);
  expect(cluster.script.calls).toMatchObject({ dump: 1, mostAtOnce: 1 });
});

test('a stopped restoration is brought back to the state before; one whose revert fails raises ALM-12035', async () => {
  const cluster = await running('revert', { dumpMs: 0 });
  const before = await untilState(stage, cluster.id, ({ tasks }) => tasks['a']!.status === 'Successful');
  const [, label] = /^(\d{14})/.exec(before.tasks['a']!.runs[0]!)!;
  const name = `${cluster.id}/a_${before.tasks['a']!.creation}/3.3.0_NameNode_${label}`;
  const task: RestorationTask = {
    kind: 'restoration',
    name: 'back',
    cluster: cluster.id,
    sets: [
      {
        target: { kind: 'localDir' },
        name,
        source: 'nameNode',
        part: 'hacluster',
        label: label!,
        cluster: cluster.id,
        productVersion: '3.3.0',
      },
    ],
  };
  await ask(stage, cluster.id, { do: 'putTask', task });
  cluster.script.loadMs = 60_000;
  await ask(stage, cluster.id, { do: 'start', task: 'back', trigger: 'manual' });
  while (cluster.script.calls!.load === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await ask(stage, cluster.id, { do: 'stop', task: 'back' });
  await untilState(stage, cluster.id, ({ tasks }) => tasks['back']!.status === 'Stopped');
  expect(await readFile(join(cluster.data, 'image'), 'utf8')).toBe('data of revert');
  expect(cluster.script.calls!.revert).toBeGreaterThan(0);

  cluster.script.loadMs = 0;
  cluster.script.errors = {
    load: [new BackupError('corrupt', 'made to fail')],
    revert: [new BackupError('denied', 'made to fail')],
  };
  await ask(stage, cluster.id, { do: 'start', task: 'back', trigger: 'manual' });
  const failed = await untilState(stage, cluster.id, ({ tasks }) => tasks['back']!.status === 'Failed');
  expect(taskAlarms(failed)).toMatchObject([{ id: '12035', task: 'back' }]);

  await ask(stage, cluster.id, { do: 'start', task: 'back', trigger: 'manual' });
  const again = await untilState(stage, cluster.id, ({ tasks }) => tasks['back']!.status === 'Successful');
  expect(taskAlarms(again)).toEqual([]);
  expect(await ask(stage, cluster.id, { do: 'start', task: 'back', trigger: 'manual' })).toMatchObject({
    refusal: 'notStartable',
  });
});

test('a signal by hand that is no command is passed over, and the cluster goes on', async () => {
  const cluster = await fakeCluster(stage, 'by-hand');
  worker = await workFor(cluster);
  const by = { key: 'k', at: Date.now(), replyTo: 'nobody' };
  for (const told of [
    null,
    'start',
    {},
    { ...by, order: null },
    { ...by, order: { do: 'toString' } },
    { ...by, order: { do: 'prune' } },
    { ...by, order: { do: 'lock', task: 'a', reason: 1 } },
    { ...by, order: { do: 'approve', task: 'a', by: 'b' } },
    { ...by, order: { do: 'reject', task: 'a', asked: 'k', by: 'b', reason: {} } },
  ])
    await clusterHandle(cluster.id).signal(messages.command, told);
  await clusterHandle(cluster.id).signal(messages.register, null);
  expect(await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id) })).toMatchObject({
    did: 'created',
  });
});

test('nobody answers for a cluster that no worker serves, and the request says what to do', async () => {
  const cluster = await fakeCluster(stage, 'served');
  worker = await workFor(cluster);
  const answer = await ask(stage, 'nobody', { do: 'stop', task: 'a' });
  expect(answer).toMatchObject({
    accepted: false,
    refusal: 'unknownCluster',
    message: expect.stringContaining('HINT') as string,
  });
  expect((await stateOf(stage, cluster.id)).tasks).toEqual({});
});
