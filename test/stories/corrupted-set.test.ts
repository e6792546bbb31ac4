import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenSet } from '../../model/task';
import { namesOf } from '../../sets/layout';
import {
  bytesBelow,
  filesBelow,
  fill,
  nameNodeTask,
  openRealStage,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  restorationOf,
  runTask,
  setsIn,
  spawnRealWorker,
  spoolOf,
} from '../kit/real-cluster';
import { tellSeed } from '../kit/seed';
import type { WorkerChild } from '../kit/worker-child';
import { mutationsOf } from '../sets/mutations';

const mutations = 6;
const seed = tellSeed();
let stage: RealStage;
let cluster: RealCluster;
let worker: WorkerChild;
let set: ChosenSet;

beforeAll(async () => {
  stage = await openRealStage();
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs });
  await fill(stage.hdfs, '/data', 16);
  worker = await spawnRealWorker(stage, [cluster]);
  await put(stage, nameNodeTask(cluster.id));
  await runTask(stage, cluster.id, 'nn');
  set = (await setsIn(cluster.localBackup, cluster.id))[0]!;
  await stage.hdfs.stopNameNode();
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

let restorations = 0;

async function restoreSet() {
  const name = `back-${(restorations += 1)}`;
  await put(stage, restorationOf(cluster.id, name, [set]));
  return await runTask(stage, cluster.id, name);
}

describe.each(['archive', 'manifest'] as const)('a set whose %s was damaged', (damaged) => {
  test(`is refused as corrupt, in ${mutations} mutations, and not a byte of the NameNode's directory changes`, async () => {
    const file = join(cluster.localBackup, namesOf(set.name)[damaged]);
    const sound = await readFile(file);
    const before = await bytesBelow(stage.hdfs.nameDir);
    for (const mutated of mutationsOf(sound, mutations, seed)) {
      await writeFile(file, mutated.bytes);
      const { outcome, parts } = await restoreSet();
      expect({ mutation: mutated.name, outcome, parts }).toMatchObject({
        outcome: 'Failed',
        parts: [{ outcome: 'Failed', errorKind: 'corrupt' }],
      });
      expect(await bytesBelow(stage.hdfs.nameDir)).toEqual(before);
      expect(await filesBelow(spoolOf(stage))).toEqual([]);
    }
    await writeFile(file, sound);
  });
});

test('the same set, undamaged, is restored: it was the damage that was refused', async () => {
  const before = await bytesBelow(stage.hdfs.nameDir);
  expect(await restoreSet()).toMatchObject({ outcome: 'Successful' });
  expect(await bytesBelow(stage.hdfs.nameDir)).not.toEqual(before);
});
