import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import { resultOfRun } from '../../client/run-result';
import { type ClusterState, parseShortRun } from '../../model/cluster-state';
import { workflowIds } from '../../model/names';
import type { RunResult } from '../../model/run';
import type { ChosenSet, RestorationTask } from '../../model/task';
import { registerCluster } from '../../workers/register';
import { workflowBundle } from '../../workers/workflow-bundle';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  stateOf,
  untilState,
  workFor,
} from '../kit/stage';
import { spawnWorker } from '../kit/worker-child';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(async () => {
  await stage?.close();
});

const needed = (hours?: number) => ({ approval: { restorations: true, ...(hours !== undefined && { hours }) } });

async function run(cluster: FakeCluster, task: string): Promise<ClusterState> {
  expect(await ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' })).toMatchObject({ accepted: true });
  return await untilState(stage, cluster.id, ({ tasks }) => tasks[task]!.status === 'Successful');
}

/** A cluster with a set, and the restoration `back` of it; what it holds has changed since. */
async function withRestoration(cluster: FakeCluster): Promise<void> {
  await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id, 'nn') });
  const { creation, runs } = (await run(cluster, 'nn')).tasks['nn']!;
  const { label } = parseShortRun(runs[0]!);
  const set: ChosenSet = {
    target: { kind: 'localDir' },
    name: `${cluster.id}/nn_${creation}/3.3.0_NameNode_${label}`,
    source: 'nameNode',
    part: 'hacluster',
    label,
    cluster: cluster.id,
    productVersion: '3.3.0',
  };
  const task: RestorationTask = { kind: 'restoration', name: 'back', cluster: cluster.id, sets: [set] };
  expect(await ask(stage, cluster.id, { do: 'putTask', task })).toMatchObject({ did: 'created' });
  await writeFile(join(cluster.data, 'image'), 'changed');
}

const image = ({ data }: FakeCluster) => readFile(join(data, 'image'), 'utf8');

async function askFor(cluster: FakeCluster, key: string): Promise<void> {
  const order = { do: 'start', task: 'back', trigger: 'manual', by: 'anna' } as const;
  expect(await ask(stage, cluster.id, order, key)).toMatchObject({ did: 'awaits approval' });
}

const approve = (cluster: FakeCluster, asked: string, by = 'bert') =>
  ask(stage, cluster.id, { do: 'approve', task: 'back', asked, by });

async function recordOf(cluster: FakeCluster, key: string): Promise<RunResult> {
  const { ended } = await untilState(stage, cluster.id, (state) => state.ended.some((one) => one.key === key));
  return (await resultOfRun(stage.client, cluster.id, ended.find((one) => one.key === key)!.runId!))!;
}

/** Every run of the chain, replayed with the code of today. */
async function replayAll(cluster: FakeCluster): Promise<void> {
  const query = `WorkflowId = '${workflowIds.cluster(cluster.id)}'`;
  const histories = stage.client.workflow.list({ query }).intoHistories();
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories))
    expect(error).toBeUndefined();
}

test('a request holds no place, outlives worker, server and cluster workflow, and runs under its key once approved', async () => {
  const cluster = await fakeCluster(stage, 'survives', {}, needed());
  let worker = await spawnWorker(cluster);
  await withRestoration(cluster);
  await askFor(cluster, 'asked');
  const awaits = (await stateOf(stage, cluster.id)).tasks['back']!.awaits!;
  expect(awaits).toMatchObject({ key: 'asked', by: 'anna' });

  await run(cluster, 'nn');
  await worker.kill();
  worker = await spawnWorker(cluster);
  await stage.temporal.kill();
  await stage.temporal.restart();
  await run(cluster, 'nn');
  await stage.client.workflow.getHandle(workflowIds.cluster(cluster.id)).terminate('by mistake');
  expect(await registerCluster(stage.client, cluster.plugins.facts(cluster.id))).toBe('rescued');
  await run(cluster, 'nn');
  expect((await stateOf(stage, cluster.id)).tasks['back']).toMatchObject({ status: 'Ready', awaits });
  expect(await image(cluster)).toBe('changed');

  expect(await approve(cluster, 'asked', 'anna')).toMatchObject({ refusal: 'samePerson' });
  expect(await approve(cluster, 'asked')).toMatchObject({ accepted: true });
  expect(await recordOf(cluster, 'asked')).toMatchObject({
    key: 'asked',
    task: 'back',
    outcome: 'Successful',
    approval: { askedBy: 'anna', approvedBy: 'bert' },
  });
  expect(await image(cluster)).toBe('data of survives');
  expect(await approve(cluster, 'asked')).toMatchObject({ refusal: 'notAwaited' });
  await replayAll(cluster);
  await worker.kill();
});

test('a worker that is killed as soon as it was approved: the restoration runs, and runs once', async () => {
  const cluster = await fakeCluster(stage, 'once', {}, needed());
  let worker = await spawnWorker(cluster);
  await withRestoration(cluster);
  await askFor(cluster, 'asked');
  const approved = approve(cluster, 'asked');
  await sleep(100);
  await worker.kill();
  worker = await spawnWorker(cluster);
  expect(await approved).toMatchObject({ accepted: true });
  expect(await recordOf(cluster, 'asked')).toMatchObject({ outcome: 'Successful' });
  const state = await untilState(
    stage,
    cluster.id,
    ({ running, queue }) => running === undefined && queue.length === 0,
  );
  expect(state.tasks['back']!.runs).toHaveLength(1);
  await worker.kill();
});

test('a request that nobody approves ends by itself, also when no worker was there at its time', async () => {
  const cluster = await fakeCluster(stage, 'expires', {}, needed(2 / 3600));
  let worker = await workFor(cluster);
  await withRestoration(cluster);
  const untilDropped = () => untilState(stage, cluster.id, ({ tasks }) => tasks['back']!.awaits === undefined);
  await askFor(cluster, 'first');
  // Nobody tells it anything meanwhile: it looks by itself.
  expect((await untilDropped()).tasks['back']).toMatchObject({
    status: 'Stopped',
    reason: 'nobody approved it within 2 s',
  });
  await askFor(cluster, 'second');
  await worker.stop();
  await sleep(2500);
  worker = await workFor(cluster);
  const { tasks, ended } = await untilDropped();
  expect(tasks['back']!.runs).toEqual([]);
  expect(ended.map(({ key, outcome }) => [key, outcome])).toEqual(
    expect.arrayContaining([
      ['first', 'Stopped'],
      ['second', 'Stopped'],
    ]),
  );
  expect(await approve(cluster, 'second')).toMatchObject({ refusal: 'notAwaited' });
  expect(await image(cluster)).toBe('changed');
  await replayAll(cluster);
  await worker.stop();
});
