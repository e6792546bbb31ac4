import { dataOf, dataRestoration, dataSets, dataTask, openRemote, verifyData } from '../kit/data-cluster';
import { type DataStory, openDataStory, recoveryPointsIn, remainsOf } from '../kit/data-story';
import { smallHistories } from '../kit/history';
import { fill, put, webHdfs } from '../kit/real-cluster';
import { readDataManifest } from '../../sets/manifest';
import type { BackupTask, ChosenSet } from '../../model/task';

let story: DataStory;

beforeAll(async () => {
  story = await openDataStory();
});
afterAll(async () => {
  await story?.close();
});

/** Nothing stays in the source: a directory with recovery points could not be renamed. */
function rowsTask(matching: string): BackupTask {
  const rows = [{ under: '/user', matching }];
  return dataTask(story.cluster.id, 'wide', undefined, { rows, recoveryPoints: 0 });
}

const run = async (task: string) => expect(await story.begin(task).ended()).toMatchObject({ outcome: 'Successful' });

async function pathsIn({ name }: ChosenSet): Promise<string[]> {
  return (await readDataManifest(openRemote(story.clusters), name)).trees.map(({ path }) => path);
}

test('directories that match come along, go when they are renamed away, and come back from the sets that have them', async () => {
  const { source } = story.clusters;
  const dfs = webHdfs(source);
  await fill(source, '/user/hive-b', 3);
  await fill(source, '/user/hive-d', 2);
  await fill(source, '/user/archive', 1);
  await dfs.setOwner('/user/hive-b', 'alice', 'staff');
  const before = await dataOf(source, '/user/hive-b');
  await put(story.stage, rowsTask('hive-[a-z]'));
  await run('wide');

  await fill(source, '/user/hive-a', 2);
  await run('wide');
  await dfs.rename('/user/hive-b', '/user/moved');
  await run('wide');

  const sets = await dataSets(story.clusters, 'wide');
  expect(await Promise.all(sets.map(pathsIn))).toEqual([
    ['/user/hive-b', '/user/hive-d'],
    ['/user/hive-b', '/user/hive-d', '/user/hive-a'],
    ['/user/hive-a', '/user/hive-d'],
  ]);
  for (const { name } of sets) expect(await verifyData(story.clusters, name)).toMatchObject({ problems: [] });
  expect(await recoveryPointsIn(story.clusters)).toEqual({});

  const older = dataRestoration(story.cluster.id, 'back', sets[0]!, [{ path: '/user/hive-b', to: '/user/hive-b' }]);
  await put(story.stage, older);
  await run('back');
  expect(await dataOf(source, '/user/hive-b')).toEqual(before);
  expect(await remainsOf(story)).toEqual([]);
  expect(await smallHistories(story.stage.client)).toBeGreaterThan(4);
});
