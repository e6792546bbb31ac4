import {
  filesBelow,
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
  spoolOf,
  verify,
} from '../kit/real-cluster';
import { smallHistories } from '../kit/history';
import { ask } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';

let stage: RealStage;
/** Has two NameServices; both are of the one NameNode, which is enough to see whose sets are kept. */
let cluster: RealCluster;
/** Gives up on a NameNode that does not answer after the second attempt. */
let impatient: RealCluster;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openRealStage();
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs, more: ['ns2'] });
  impatient = await realCluster(stage, { id: '2', hdfs: stage.hdfs, settings: { attempts: 2 } });
  await fill(stage.hdfs, '/data', 8);
  worker = await spawnRealWorker(stage, [cluster, impatient]);
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

/** Names of the sets of a task, oldest first. */
async function setsOf(task: string, part: string): Promise<string[]> {
  const sets = await setsIn(cluster.localBackup, cluster.id);
  return sets.filter((set) => set.name.includes(`/${task}_`) && set.part === part).map(({ name }) => name);
}

/** Backs up and returns the names of the sets that the run made, by NameService. */
async function backUp(task: string): Promise<Record<string, string>> {
  const result = await runTask(stage, cluster.id, task);
  expect(result).toMatchObject({ outcome: 'Successful' });
  expect(result.parts.flatMap((part) => part.notes ?? [])).toEqual([]);
  return Object.fromEntries(result.parts.map(({ part, set }) => [part, set!]));
}

test('of three backups with two copies the two newest are left and verify, for each task and NameService', async () => {
  await put(stage, nameNodeTask(cluster.id, 'two', 2));
  await put(stage, nameNodeTask(cluster.id, 'other', 2));
  const other = await backUp('other');
  const runs = [await backUp('two'), await backUp('two'), await backUp('two')];
  for (const part of ['hacluster', 'ns2']) {
    const newest = runs.slice(1).map((run) => run[part]!);
    expect(await setsOf('two', part)).toEqual(newest);
    expect(await setsOf('other', part)).toEqual([other[part]]);
    for (const name of newest) expect(await verify(cluster.localBackup, name)).toMatchObject({ problems: [] });
  }
  const stored = await filesBelow(cluster.localBackup);
  expect(stored.filter((name) => name.includes('/two_'))).toHaveLength(2 * 2 * 2);
});

test('a set that somebody holds is not removed, and goes with the next run after its release', async () => {
  await put(stage, nameNodeTask(cluster.id, 'held', 1));
  const oldest = (await backUp('held'))['hacluster']!;
  const hold = await ask(stage, cluster.id, { do: 'hold', sets: [oldest], seconds: 3600 }, 'reader');
  expect(hold).toMatchObject({ did: 'held' });
  const second = (await backUp('held'))['hacluster']!;
  expect(await setsOf('held', 'hacluster')).toEqual([oldest, second]);
  expect(await verify(cluster.localBackup, oldest)).toMatchObject({ problems: [] });

  expect(await ask(stage, cluster.id, { do: 'release', hold: 'reader' })).toMatchObject({ did: 'released' });
  const third = (await backUp('held'))['hacluster']!;
  expect(await setsOf('held', 'hacluster')).toEqual([third]);
});

test('no history of these runs is long, nor holds anything large', async () => {
  expect(await smallHistories(stage.client)).toBeGreaterThan(10);
});

test('a backup of a NameNode that is stopped fails, says what to do, and leaves neither a set nor remains', async () => {
  await put(stage, nameNodeTask(impatient.id, 'fails'));
  await stage.hdfs.stopNameNode();
  const result = await runTask(stage, impatient.id, 'fails');
  expect(result).toMatchObject({ outcome: 'Failed', parts: [{ outcome: 'Failed', errorKind: 'unavailable' }] });
  expect(result.reason).toContain(`NameService hacluster has no active NameNode`);
  expect(result.reason).toContain(stage.hdfs.httpAddress);
  expect(result.reason).toMatch(/HINT: .*start/);
  expect((await filesBelow(impatient.localBackup)).filter((name) => name.startsWith(`${impatient.id}/`))).toEqual([]);
  expect(await filesBelow(spoolOf(stage))).toEqual([]);
});
