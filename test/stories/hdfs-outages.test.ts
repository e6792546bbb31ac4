import { dataOf, dataRestoration, dataSets, dataTask, verifyData } from '../kit/data-cluster';
import {
  changedSince,
  type DataStory,
  openDataStory,
  recoveryPointsIn,
  remainsOf,
  untilCopying,
} from '../kit/data-story';
import { smallHistories } from '../kit/history';
import { fill, pause, put, webHdfs } from '../kit/real-cluster';

const outageMs = 20_000;
let story: DataStory;

beforeAll(async () => {
  story = await openDataStory();
  await fill(story.clusters.source, '/data', 16);
  await put(story.stage, dataTask('1', 'daily', ['/data'], { bandwidth: 1 }));
});

afterAll(() => story?.close());

/** Starts a task, breaks something in the middle of its copy, and expects it to end right by itself. */
async function expectToSurvive(task: string, isCopying: () => Promise<void>, outage: () => Promise<void>) {
  const run = story.begin(task);
  await isCopying();
  await outage();
  const result = await run.ended();
  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ outcome: 'Successful' }] });
}

/** Something that takes a few seconds to copy: a file of its own for each round. */
async function backUpThrough(round: number, outage: () => Promise<void>): Promise<void> {
  await webHdfs(story.clusters.source).create('/data/slow', Buffer.alloc(4_000_000, round), { overwrite: true });
  const isCopying = () => untilCopying(story.clusters.remote, (path) => path.startsWith('/backup/daily_HDFS_'));
  await expectToSurvive('daily', isCopying, outage);
  const sets = await dataSets(story.clusters, 'daily');
  expect(sets).toHaveLength(round);
  const { name, label } = sets.at(-1)!;
  expect(await verifyData(story.clusters, name)).toMatchObject({ problems: [] });
  expect(await recoveryPointsIn(story.clusters)).toEqual({ '/data': [label] });
  expect(await changedSince(story.clusters, 'daily')).toEqual([]);
  expect(await remainsOf(story)).toEqual([]);
}

async function withoutSource(): Promise<void> {
  await story.clusters.source.killNameNode();
  await pause(outageMs);
  await story.clusters.source.startNameNode();
  await story.clusters.source.waitUntilServing();
}

test('a backup in whose copy the NameNode of the source is gone for 20 s ends Successful by itself', async () => {
  await backUpThrough(1, withoutSource);
});

test('a backup in whose copy the NameNode of the target is gone for 20 s ends Successful by itself', async () => {
  await backUpThrough(2, async () => {
    await story.clusters.remote.killNameNode();
    await pause(outageMs);
    await story.clusters.remote.startNameNode();
    await story.clusters.remote.waitUntilServing();
  });
});

test('a backup in whose copy Temporal is gone for 20 s ends Successful by itself', async () => {
  await backUpThrough(3, async () => {
    await story.stage.temporal.kill();
    await pause(outageMs);
    await story.stage.temporal.restart();
  });
});

test('a restoration in whose copy the NameNode is gone for 20 s ends Successful by itself', async () => {
  const set = (await dataSets(story.clusters, 'daily')).at(-1)!;
  const wanted = await dataOf(story.clusters.source, '/data');
  const dfs = webHdfs(story.clusters.source);
  await dfs.remove('/data/8 ä');
  await dfs.create('/data/slow', Buffer.from('lost'), { overwrite: true });
  await put(story.stage, { ...dataRestoration('1', 'back', set), limits: { bandwidth: 1 } });
  const isCopying = () => untilCopying(story.clusters.source, (path) => path.startsWith('/data/'));
  await expectToSurvive('back', isCopying, withoutSource);
  expect(await dataOf(story.clusters.source, '/data')).toEqual(wanted);
  expect(await recoveryPointsIn(story.clusters)).toEqual({ '/data': [set.label] });
  expect(await remainsOf(story)).toEqual([]);
});

test('no history of these runs is long', async () => {
  expect(await smallHistories(story.stage.client)).toBeGreaterThan(4);
});
