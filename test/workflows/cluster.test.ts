import { Worker } from '@temporalio/worker';
import type { Answer } from '../../model/command';
import { jsonBytes } from '../../model/cluster-state';
import { messages } from '../../model/messages';
import { workflowIds } from '../../model/names';
import { maxTaskBytes } from '../../model/settings';
import type { BackupTask, TargetSpec, Task } from '../../model/task';
import { workflowBundle } from '../../workers/workflow-bundle';
import { until, soonMs } from '../kit/pauses';
import { put, restorationOf } from '../kit/real-cluster';
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
import { spawnWorker } from '../kit/worker-child';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(async () => {
  await stage?.close();
});

const names = Array.from({ length: 8 }, (_, index) => `task-${index}`);

async function createTasks(cluster: FakeCluster, wanted = names): Promise<void> {
  await Promise.all(
    wanted.map((name) => ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id, name, 1) })),
  );
}

/** A burst: every task is started so often at once; all answers. */
async function burst(cluster: FakeCluster, key: string, wanted = names, times = 1): Promise<Answer[]> {
  const rounds = Array.from({ length: times }, (_, round) => round);
  const starts = rounds.flatMap((round) => wanted.map((task) => ({ task, key: `${key}-${round}-${task}` })));
  return await Promise.all(
    starts.map(({ task, key: own }) => ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' }, own)),
  );
}

async function untilIdle(cluster: FakeCluster): Promise<void> {
  await untilState(stage, cluster.id, ({ queue, running }) => queue.length === 0 && running === undefined);
}

/** Every run of the chain, replayed with the code of today. */
async function replayAll(cluster: FakeCluster): Promise<number> {
  const bundle = await workflowBundle();
  const histories = stage.client.workflow
    .list({ query: `WorkflowId = '${workflowIds.cluster(cluster.id)}'` })
    .intoHistories();
  let replayed = 0;
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories)) {
    expect(error).toBeUndefined();
    replayed += 1;
  }
  return replayed;
}

async function runsOf(cluster: FakeCluster): Promise<{ runId: string; begin: number; end: number; key: string }[]> {
  const runs = [];
  for await (const run of stage.client.workflow.list({ query: `WorkflowId = '${workflowIds.run(cluster.id)}'` })) {
    const { key } = run.memo!.run as { key: string };
    runs.push({ runId: run.runId, begin: run.startTime.getTime(), end: run.closeTime!.getTime(), key });
  }
  return runs.sort((one, other) => one.begin - other.begin);
}

async function untilVisible(cluster: FakeCluster, count: number) {
  return await until(async () => {
    const runs = await runsOf(cluster).catch(() => []);
    return runs.length >= count && runs;
  });
}

test('2 bursts of 40 requests on cold workflows are all answered, nothing is admitted twice, and every history replays', async () => {
  for (const round of [1, 2]) {
    const cluster = await fakeCluster(stage, `burst-${round}`, { waitingTasks: 3 });
    const worker = await workFor(cluster);
    await createTasks(cluster);
    const answers = await burst(cluster, 'one', names, 5);
    expect(answers).toHaveLength(40);
    const refused = answers.flatMap((answer) => (answer.accepted ? [] : [answer.refusal]));
    expect(new Set(refused)).toEqual(new Set(['alreadyRunning', 'queueFull']));
    await untilIdle(cluster);
    await expectOneAtATime(cluster, 40 - refused.length);
    expect(await replayAll(cluster)).toBeGreaterThan(1);
    await worker.stop();
  }
});

test('5 workers are killed with requests waiting: every request is answered, every admitted run runs once', async () => {
  const cluster = await fakeCluster(stage, 'killed');
  let worker = await spawnWorker(cluster, { script: { dumpMs: 300 } });
  const some = names.slice(0, 6);
  await createTasks(cluster, some);
  let admitted = 0;
  for (const round of [1, 2, 3, 4, 5]) {
    const answers = burst(cluster, `round-${round}`, some);
    await new Promise((resolve) => setTimeout(resolve, 150 * round));
    await worker.kill();
    worker = await spawnWorker(cluster, { script: { dumpMs: 300 } });
    admitted += (await answers).filter((answer) => answer.accepted).length;
  }
  await untilIdle(cluster);
  await expectOneAtATime(cluster, admitted);
  expect(admitted).toBeGreaterThanOrEqual(6);
  expect(await replayAll(cluster)).toBeGreaterThan(1);
  await worker.kill();
});

test('with a cache of 3 workflows and five clusters at once everything is answered and replays', async () => {
  const clusters = await Promise.all(
    [1, 2, 3, 4, 5].map((round) => fakeCluster(stage, `cache-${round}`, { waitingTasks: 2 })),
  );
  const first = clusters[0]!;
  const config = { ...first.config, clusters: clusters.flatMap((cluster) => cluster.config.clusters) };
  const worker = await workFor({ ...first, config, plugins: pluginsOf(clusters) }, { maxCachedWorkflows: 3 });
  const some = names.slice(0, 8);
  await Promise.all(clusters.map((cluster) => createTasks(cluster, some)));
  const answers = await Promise.all(clusters.map((cluster) => burst(cluster, 'cached', some)));
  expect(answers.flat()).toHaveLength(40);
  for (const [place, cluster] of clusters.entries()) {
    await untilIdle(cluster);
    await expectOneAtATime(cluster, answers[place]!.filter((answer) => answer.accepted).length);
    await replayAll(cluster);
  }
  await worker.stop();
});

test('the same key gets the same answer, before and after the queue has moved on', async () => {
  const cluster = await fakeCluster(stage, 'keys');
  const worker = await workFor(cluster);
  await createTasks(cluster, ['a', 'b']);
  const first = await ask(stage, cluster.id, { do: 'start', task: 'a', trigger: 'manual' }, 'once');
  await untilIdle(cluster);
  const again = await ask(stage, cluster.id, { do: 'start', task: 'a', trigger: 'manual' }, 'once-more');
  await untilIdle(cluster);
  expect(first).toEqual(again);
  const handle = stage.client.workflow.getHandle(workflowIds.cluster(cluster.id));
  await handle.signal(messages.command, {
    key: 'once',
    at: Date.now(),
    replyTo: 'nobody',
    order: { do: 'start', task: 'a', trigger: 'manual' },
  });
  await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id, 'c') });
  expect((await stateOf(stage, cluster.id)).queue).toEqual([]);
  expect((await untilVisible(cluster, 2)).length).toBe(2);
  await worker.stop();
});

test('a worker stops soon, also in the middle of a run, and the next one finishes it', async () => {
  const cluster = await fakeCluster(stage, 'stop-worker');
  const first = await spawnWorker(cluster, { script: { dumpMs: 600_000 } });
  await createTasks(cluster, ['a']);
  await ask(stage, cluster.id, { do: 'start', task: 'a', trigger: 'manual' });
  await untilState(stage, cluster.id, ({ running }) => running !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await first.stop()).toBeLessThan(soonMs);
  const second = await spawnWorker(cluster);
  const state = await untilState(stage, cluster.id, ({ tasks }) => tasks['a']!.status === 'Successful');
  expect(state.ended).toHaveLength(1);
  await second.kill();
});

test('with 200 tasks at their largest it continues as new on a real server, shows what fits, and runs one', async () => {
  const cluster = await fakeCluster(stage, 'largest');
  const worker = await workFor(cluster);
  const largest = largestTasks(cluster.id);
  for (let place = 0; place < largest.length; place += 20)
    await Promise.all(largest.slice(place, place + 20).map((task) => put(stage, task)));
  await createTasks(cluster, ['a']);
  const state = await stateOf(stage, cluster.id);
  expect(Object.keys(state.tasks)).toHaveLength(200);
  expect(jsonBytes(state)).toBeGreaterThan(199 * maxTaskBytes);

  const { runId } = await stage.client.workflow.getHandle(workflowIds.cluster(cluster.id)).describe();
  expect(await ask(stage, cluster.id, { do: 'start', task: 'a', trigger: 'manual' })).toMatchObject({ accepted: true });
  const after = await untilState(stage, cluster.id, ({ tasks }) => tasks['a']!.status === 'Successful');
  expect(largest.map(({ name }) => after.tasks[name]?.spec)).toEqual(largest);
  const handle = stage.client.workflow.getHandle(workflowIds.cluster(cluster.id));
  await until(async () => (await handle.describe()).runId !== runId);
  const page = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(page.currentDetails).toMatch(
    /\| backup-98\s.*\| a\s+\| Successful.*\| restoration-0\s.*… and \d+ more: `cairn restoration list`/s,
  );
  // More than that the Temporal UI does not show.
  expect(Buffer.byteLength(page.currentDetails)).toBeLessThan(20_000);
  expect(await replayAll(cluster)).toBeGreaterThan(2);
  await worker.stop();
});

/** Of exactly so many bytes as a task may have: the path on its target fills it up. */
function filledUp<T extends Task>(taskAt: (target: TargetSpec) => T): T {
  const at = (path: string) => taskAt({ kind: 'nfs', server: 'nas.example.com', version: 4.1, path });
  return at(`/${'folder/'.repeat(200)}`.slice(0, maxTaskBytes - jsonBytes(at('')) - 1).concat('x'));
}

function largestTasks(cluster: string): Task[] {
  const label = '20260101000000';
  const set = { name: `nn_${label}/3.3.0_NameNode_${label}`, source: 'nameNode', part: 'hacluster', label } as const;
  const backups = Array.from({ length: 99 }, (_, index) =>
    filledUp((target): BackupTask => {
      const task = folderTask(cluster, `backup-${index}`);
      return { ...task, sources: task.sources.map((source) => ({ ...source, target })) };
    }),
  );
  const restorations = Array.from({ length: 100 }, (_, index) =>
    filledUp((target) =>
      restorationOf(cluster, `restoration-${index}`, [{ ...set, target, cluster, productVersion: '3.3.0' }]),
    ),
  );
  return [...backups, ...restorations];
}

async function expectOneAtATime(cluster: FakeCluster, count: number): Promise<void> {
  const runs = await untilVisible(cluster, count);
  expect(new Set(runs.map((run) => run.key)).size).toBe(count);
  expect(runs).toHaveLength(count);
  for (const [place, run] of runs.entries()) expect(run.begin).toBeGreaterThanOrEqual(runs[place - 1]?.end ?? 0);
}
