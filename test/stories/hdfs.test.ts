import { backupPath, dataCluster, dataOf, dataRestoration, dataSets, dataTask, verifyData } from '../kit/data-cluster';
import { smallHistories } from '../kit/history';
import { fill, put, type RealCluster, runTask, spawnRealWorker, webHdfs } from '../kit/real-cluster';
import { openStage, type Stage } from '../kit/stage';
import { openTwoClusters, type TwoClusters } from '../kit/two-clusters';
import type { WorkerChild } from '../kit/worker-child';
import { Runtime } from '@temporalio/worker';

let stage: Stage;
let clusters: TwoClusters;
let cluster: RealCluster;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openStage();
  clusters = await openTwoClusters();
  cluster = await dataCluster(stage, '1', clusters);
  worker = await spawnRealWorker(stage, [cluster]);
});

afterAll(async () => {
  await worker?.kill();
  await clusters?.close();
  await stage?.close();
  await Runtime.instance().shutdown();
});

test('a directory is backed up, changed, backed up, lost, and restored as it was each time', async () => {
  const dfs = webHdfs(clusters.source);
  await fill(clusters.source, '/data', 24);
  await dfs.create('/data/blocks', Buffer.alloc(200_000, 'b'), { blockSize: 65_536 });
  await dfs.create('/data/empty', Buffer.alloc(0));
  await dfs.setOwner('/data/empty', 'alice', 'staff');
  await dfs.setPermission('/data/blocks', '600');
  await dfs.setAcl('/data/empty', ['user:bob:r-x', 'group::r--']);
  await dfs.setXattr('/data/blocks', 'user.colour', '0x626c7565');
  await dfs.setOwner('/data', 'alice', 'staff');
  const before = await dataOf(clusters.source, '/data');

  await put(stage, dataTask('1', 'daily', ['/data']));
  expect(await runTask(stage, '1', 'daily')).toMatchObject({ outcome: 'Successful' });
  await dfs.remove('/data/0 ä');
  await dfs.create('/data/new', Buffer.from('new'));
  await dfs.setPermission('/data/blocks', '640');
  const after = await dataOf(clusters.source, '/data');
  expect(await runTask(stage, '1', 'daily')).toMatchObject({ outcome: 'Successful' });

  const [older, newer] = await dataSets(clusters, 'daily');
  expect(await verifyData(clusters, older!.name)).toMatchObject({ problems: [] });
  expect(await verifyData(clusters, newer!.name)).toMatchObject({ problems: [] });

  await dfs.remove('/data/8 ä');
  await dfs.create('/data/junk', Buffer.from('junk'));
  await put(stage, dataRestoration('1', 'older', older!));
  expect(await runTask(stage, '1', 'older')).toMatchObject({ outcome: 'Successful' });
  expect(await dataOf(clusters.source, '/data')).toEqual(before);
  await put(stage, dataRestoration('1', 'newer', newer!, [{ path: '/data', to: '/elsewhere/data' }]));
  expect(await runTask(stage, '1', 'newer')).toMatchObject({ outcome: 'Successful' });
  expect(await dataOf(clusters.source, '/elsewhere/data')).toEqual(after);
  expect(await smallHistories(stage.client)).toBeGreaterThan(4);
  expect(backupPath).toBe('/backup');
});
