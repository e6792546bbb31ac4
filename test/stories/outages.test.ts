import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
import { messageOf } from '../../model/errors';
import { workflowIds } from '../../model/names';
import { patienceMs } from '../kit/pauses';
import { ask, stateOf } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';

const outageMs = 20_000;
let stage: RealStage;
let cluster: RealCluster;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openRealStage();
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs, hadoop: { hdfs: await noting(stage) } });
  await fill(stage.hdfs, '/data', 16);
  worker = await spawnRealWorker(stage, [cluster]);
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

const noteOf = ({ folder }: RealStage) => join(folder, 'edits-are-rolled');

/** The cluster's `hdfs` command, which leaves a note when it is asked to roll the edits. */
async function noting(of: RealStage): Promise<string> {
  const file = join(of.folder, 'hdfs-with-notes');
  const note = `case " $* " in *" -rollEdits "*) : > '${noteOf(of)}' ;; esac`;
  await writeFile(file, `#!/bin/sh\n${note}\nexec '${of.hdfs.hdfsCommand}' "$@"\n`, { mode: 0o755 });
  return file;
}

/** Returns once this run has asked the NameNode to roll its edits: before it fetches the image. */
async function untilItRollsTheEdits(task: string): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(10)) {
    if (existsSync(noteOf(stage))) return;
  }
  const part = stage.client.workflow.getHandle(workflowIds.part(cluster.id, 'nameNode'));
  const pending = await part.describe().then(({ raw }) => raw.pendingActivities, messageOf);
  const told = { state: await stateOf(stage, cluster.id).catch(messageOf), pending, log: worker.log() };
  throw new Error(`no \`hdfs dfsadmin -rollEdits\` of ${task} was seen: ${JSON.stringify(told, null, 1)}`);
}

/** Starts a backup, breaks something in the middle of it, and expects it to end right by itself. */
async function expectToSurvive(task: string, outage: () => Promise<void>): Promise<void> {
  await rm(noteOf(stage), { force: true });
  await put(stage, nameNodeTask(cluster.id, task));
  expect(await ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' }, task)).toMatchObject({
    did: 'started',
  });
  await untilItRollsTheEdits(task);
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
