import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cairn, openCairn } from '../../client';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import {
  fill,
  nameNodeTask,
  openRealStage,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  runTask,
  setsIn,
  spawnRealWorker,
  treeOf,
  verify,
} from '../kit/real-cluster';
import { openStage, type Stage, stateOf } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';

/** Where cluster 1 lives until it is lost, and where it is built up again: another Temporal, another HDFS, a copy of LocalBackup. */
let lost: RealStage;
let mirror: Stage;
let hdfs: EmbeddedHdfs;
/** On the other side: the mirror, and cluster 1 itself with the memory of its Temporal gone. */
let second: RealCluster;
let again: RealCluster;
let worker: WorkerChild;
let cairn: Cairn;
let tree: Record<string, string>;
let made: string[];

const target = { kind: 'localDir' } as const;

beforeAll(async () => {
  [lost, mirror] = [await openRealStage(), await openStage()];
  const localBackup = await backUpAndLose();
  hdfs = await createHdfs({ folder: join(mirror.folder, 'hdfs') });
  await hdfs.start();
  await hdfs.stop();
  const copy = join(mirror.folder, 'LocalBackup');
  await cp(localBackup, copy, { recursive: true });
  second = await realCluster(mirror, { id: '2', hdfs, localBackup: copy });
  again = await realCluster(mirror, { id: '1', hdfs, localBackup: copy });
  worker = await spawnRealWorker(mirror, [second, again]);
  cairn = await openCairn({ address: mirror.temporal.address });
});

afterAll(async () => {
  await cairn?.close();
  await worker?.kill();
  await hdfs?.stop();
  await mirror?.close();
  await lost?.close();
});

/** Two sets of cluster 1; then its HDFS is no more. */
async function backUpAndLose(): Promise<string> {
  const first = await realCluster(lost, { id: '1', hdfs: lost.hdfs });
  const firstWorker = await spawnRealWorker(lost, [first]);
  await put(lost, nameNodeTask(first.id));
  await runTask(lost, first.id, 'nn');
  await fill(lost.hdfs, '/data', 24);
  expect(await runTask(lost, first.id, 'nn')).toMatchObject({ outcome: 'Successful' });
  tree = await treeOf(lost.hdfs);
  made = (await setsIn(first.localBackup, first.id)).map(({ name }) => name);
  await firstWorker.kill();
  await lost.hdfs.stop();
  return first.localBackup;
}

test("another cluster's sets are found on the target, where no task is known", async () => {
  expect(await cairn.tasks(second.id)).toEqual([]);
  expect(await cairn.sets({ cluster: second.id })).toEqual([]);
  const found = await cairn.sets({ cluster: second.id, target });
  expect(found.map(({ name }) => name)).toEqual(made);
  expect(found).toMatchObject(made.map(() => ({ cluster: '1', task: 'nn', part: 'hacluster', verified: 'readBack' })));
});

test('they are verified, though nobody there can be asked to leave them alone', async () => {
  const found = await cairn.verify({ cluster: second.id, target, names: made });
  expect(found.map(({ problems }) => problems)).toEqual([[], []]);
});

test('a restoration made of one is put live in another HDFS, whose NameNode then serves the same tree and files', async () => {
  const created = await cairn.restorations.create('from-1', { cluster: second.id, target, run: 'nn@latest' });
  expect(created).toMatchObject({ did: 'created', sets: made.slice(-1) });
  const result = await cairn.waitFor(await cairn.restorations.start('from-1', { cluster: second.id }));
  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ set: made.at(-1) }] });

  // What the DataNodes hold is not in a set of the NameNode: their disks were mirrored, too.
  await cp(join(lost.folder, 'hdfs', 'data'), join(mirror.folder, 'hdfs', 'data'), { recursive: true, force: true });
  await hdfs.start();
  expect(await treeOf(hdfs)).toEqual(tree);
});

test('a task that is applied again under its name goes on in the folder that it had', async () => {
  const creation = /^1\/nn_(\d{14})\//.exec(made[0]!)![1];
  expect(await cairn.apply([nameNodeTask(again.id, 'nn', 2)])).toMatchObject([{ did: 'created' }]);
  expect((await stateOf(mirror, again.id)).tasks['nn']).toMatchObject({ creation });
  expect((await cairn.sets({ cluster: again.id })).map(({ name }) => name)).toEqual(made);

  expect(await cairn.waitFor(await cairn.start('nn', { cluster: again.id }))).toMatchObject({ outcome: 'Successful' });
  const sets = (await setsIn(again.localBackup, again.id)).map(({ name }) => name);
  expect(sets).toEqual([made[1], expect.stringContaining(`1/nn_${creation}/`)]);
  expect(await verify(again.localBackup, sets[1]!)).toMatchObject({ problems: [] });
});

test('a task of that name in the other cluster begins a folder of its own', async () => {
  expect(await cairn.apply([nameNodeTask(second.id)])).toMatchObject([{ did: 'created' }]);
  expect(await cairn.waitFor(await cairn.start('nn', { cluster: second.id }))).toMatchObject({ outcome: 'Successful' });
  const [own, ...others] = (await setsIn(second.localBackup, second.id)).map(({ name }) => name);
  expect(others).toEqual([]);
  expect(own!.split('/')[1]).not.toBe(made[0]!.split('/')[1]);
});
