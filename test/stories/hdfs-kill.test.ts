import type { RestorationTask } from '../../model/task';
import { dataOf, dataRestoration, dataSets, dataTask, verifyData } from '../kit/data-cluster';
import { changedSince, type DataStory, openDataStory, recoveryPointsIn, remainsOf } from '../kit/data-story';
import { smallHistories, stepsThatLoseTime } from '../kit/history';
import { kills } from '../kit/kills';
import { fill, pause, put, webHdfs } from '../kit/real-cluster';
import { randomFrom, tellSeed } from '../kit/seed';

const copies = 4;
const random = randomFrom(tellSeed());
let story: DataStory;

beforeAll(async () => {
  story = await openDataStory();
  await fill(story.clusters.source, '/data', 24);
});

afterAll(() => story?.close());

/** Something to copy: some files go, some come, one takes a while. */
async function change(round: number): Promise<void> {
  const dfs = webHdfs(story.clusters.source);
  await dfs.create('/data/slow', Buffer.alloc(1_000_000, round), { overwrite: true });
  await dfs.create('/data/16 ä/plain', Buffer.from(`round ${round}`), { overwrite: true });
  await dfs.create(`/data/new/${round}`, Buffer.alloc(70_000, round), { blockSize: 65_536 });
  await dfs.remove(`/data/new/${round - 2}`);
  await dfs.setPermission('/data/0 ä', round % 2 === 0 ? '750' : '700');
}

/** How long an undisturbed run takes. */
async function measure(task: string): Promise<number> {
  const from = Date.now();
  const { outcome, end } = await story.begin(task).ended();
  expect(outcome).toBe('Successful');
  return end - from;
}

/** Starts a task and kills the worker at a random moment of this round's share of the run. */
async function runThroughKill(task: string, round: number, length: number): Promise<void> {
  const from = Date.now();
  const run = story.begin(task);
  await pause(((round - 1 + random()) / kills) * 1.2 * length);
  const killedAt = Date.now();
  await story.killWorker();
  const result = await run.ended();
  process.stdout.write(`${task}: killed after ${killedAt - from} ms, ended after ${result.end - from} ms\n`);
  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ outcome: 'Successful' }] });
}

describe('a worker that is killed at a random moment', () => {
  test(`${kills} times in a backup: the next worker makes the set, and nothing is left behind`, async () => {
    await put(story.stage, dataTask('1', 'daily', ['/data'], { copies, bandwidth: 1 }));
    await change(0);
    const length = await measure('daily');
    for (let round = 1; round <= kills; round += 1) {
      await change(round);
      await runThroughKill('daily', round, length);
      const sets = await dataSets(story.clusters, 'daily');
      expect(sets).toHaveLength(Math.min(round + 1, copies));
      const { name, label } = sets.at(-1)!;
      expect(await verifyData(story.clusters, name)).toMatchObject({ problems: [] });
      expect(await recoveryPointsIn(story.clusters)).toEqual({ '/data': [label] });
      expect(await changedSince(story.clusters, 'daily')).toEqual([]);
      expect(await remainsOf(story)).toEqual([]);
    }
  });

  test(`${kills} times in a restoration: the next worker puts the set live whole, and nothing is left behind`, async () => {
    const set = (await dataSets(story.clusters, 'daily')).at(-1)!;
    const wanted = await dataOf(story.clusters.source, '/data');
    await put(story.stage, slowly(dataRestoration('1', 'undisturbed', set)));
    await lose();
    const length = await measure('undisturbed');
    for (let round = 1; round <= kills; round += 1) {
      const to = await chooseAPlace(round);
      await put(story.stage, slowly(dataRestoration('1', `back-${round}`, set, [{ path: '/data', to }])));
      await lose();
      await runThroughKill(`back-${round}`, round, length);
      expect(await dataOf(story.clusters.source, to)).toEqual(wanted);
      expect(await recoveryPointsIn(story.clusters)).toEqual({ '/data': [set.label] });
      expect(await changedSince(story.clusters, 'daily')).toEqual([]);
      expect(await remainsOf(story)).toEqual([]);
    }
    expect(await verifyData(story.clusters, set.name)).toMatchObject({ problems: [] });
  });

  test('no history of all these runs is long', async () => {
    expect(await smallHistories(story.stage.client)).toBeGreaterThan(2 * kills);
  });

  test('no step of theirs would have waited longer than half a minute for a worker that is no more', async () => {
    expect(await stepsThatLoseTime(story.stage.client, 30)).toEqual([]);
    expect(await stepsThatLoseTime(story.stage.client, 1)).toContain('copyData');
  });
});

function slowly(task: RestorationTask): RestorationTask {
  return { ...task, limits: { bandwidth: 1 } };
}

/** In turn: over what has recovery points, where nothing is, over what can be renamed. */
async function chooseAPlace(round: number): Promise<string> {
  if (round % 3 === 1) return '/data';
  if (round % 3 === 2) return `/nowhere/yet/${round}`;
  await webHdfs(story.clusters.source).create(`/there/${round}/old`, Buffer.from('old'));
  return `/there/${round}`;
}

/** Of the source directory some files went, some came, some are others. */
async function lose(): Promise<void> {
  const dfs = webHdfs(story.clusters.source);
  await dfs.remove('/data/8 ä');
  await dfs.create('/data/slow', Buffer.from('lost'), { overwrite: true });
  await dfs.create('/data/junk/file', Buffer.from('junk'), { overwrite: true });
  await dfs.setOwner('/data', 'nobody', 'nobody');
}
