import {
  endOfRun,
  fill,
  nameNodeTask,
  openRealStage,
  pause,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  setsIn,
  spawnRealWorker,
  verify,
} from '../kit/real-cluster';
import { processesWith } from '../kit/processes';
import { ask } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';

const outageMs = 20_000;
const mark = `HADOOP_TEST_MARK=outages-${process.pid}`;
let stage: RealStage;
let cluster: RealCluster;
let worker: WorkerChild;

jest.setTimeout(300_000);

beforeAll(async () => {
  stage = await openRealStage();
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs });
  await fill(stage.hdfs, '/data', 16);
  worker = await spawnRealWorker(stage, [cluster], { HADOOP_TEST_MARK: mark.split('=')[1] });
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

/** Returns once the run has asked the NameNode to roll its edits: before it fetches the image. */
async function untilItRollsTheEdits(): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(10)) {
    const seen = await processesWith(mark);
    if (seen.some(({ command }) => command.includes('-rollEdits'))) return;
  }
  throw new Error('no `hdfs dfsadmin -rollEdits` was seen');
}

/** Starts a backup, breaks something in the middle of it, and expects it to end right by itself. */
async function expectToSurvive(task: string, outage: () => Promise<void>): Promise<void> {
  await put(stage, nameNodeTask(cluster.id, task));
  expect(await ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' }, task)).toMatchObject({
    did: 'started',
  });
  await untilItRollsTheEdits();
  await outage();
  const result = await endOfRun(stage, cluster.id, task);
  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ outcome: 'Successful' }] });
  const [set] = result.parts.map((part) => part.set!);
  expect((await setsIn(cluster.localBackup, cluster.id)).map(({ name }) => name)).toContain(set);
  expect(await verify(cluster.localBackup, set!)).toMatchObject({ problems: [] });
}

test('a backup in whose middle Temporal is gone for 20 s ends Successful by itself', async () => {
  await expectToSurvive('without-temporal', async () => {
    await stage.temporal.kill();
    await pause(outageMs);
    await stage.temporal.restart();
  });
});

test('a backup in whose middle the NameNode is gone for 20 s ends Successful by itself', async () => {
  await expectToSurvive('without-name-node', async () => {
    await stage.hdfs.killNameNode();
    await pause(outageMs);
    await stage.hdfs.startNameNode();
  });
});
