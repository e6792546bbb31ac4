import type { RunResult } from '../../model/run';
import { workflowIds } from '../../model/names';
import { simpleLogin } from '../../servers/login';
import { openYarn, type Yarn, type YarnApplication } from '../../servers/yarn';
import { dataOf, dataRestoration, dataSets, dataTask, verifyData } from '../kit/data-cluster';
import {
  type BegunRun,
  changedSince,
  type DataStory,
  openDataStory,
  recoveryPointsIn,
  remainsOf,
  untilCopying,
} from '../kit/data-story';
import { smallHistories, stepsThatLoseTime } from '../kit/history';
import { fill, pause, put, webHdfs } from '../kit/real-cluster';
import { ask, untilState } from '../kit/stage';

let story: DataStory;
let yarn: Yarn;

beforeAll(async () => {
  // A worker that is silent for 3 s on a busy machine would lose its driver; the job goes on without.
  story = await openDataStory({ yarn: true }, { heartbeatSeconds: 8 });
  yarn = openYarn([story.clusters.yarn!.httpAddress], simpleLogin({ user: 'root' }));
  await fill(story.clusters.source, '/data', 24);
});

afterAll(() => story?.close());

const outcomeOf = async (task: string) => (await story.begin(task).ended()).outcome;
const labelsOf = async () => (await dataSets(story.clusters, 'daily')).map(({ label }) => label);

test('a directory is backed up, changed, backed up, lost, and restored, by jobs of Yarn', async () => {
  const dfs = webHdfs(story.clusters.source);
  await dfs.setOwner('/data', 'alice', 'staff');
  await dfs.setAcl('/data/0 ä', ['user:bob:r-x', 'group::r--']);
  const before = await dataOf(story.clusters.source, '/data');
  await put(story.stage, dataTask('1', 'daily', ['/data'], { maps: 2, bandwidth: 1 }));
  expect(await outcomeOf('daily')).toBe('Successful');
  await dfs.remove('/data/0 ä');
  await dfs.create('/data/new', Buffer.from('new'));
  const after = await dataOf(story.clusters.source, '/data');
  expect(await outcomeOf('daily')).toBe('Successful');
  const [older, newer] = await dataSets(story.clusters, 'daily');
  expect(await verifyData(story.clusters, older!.name)).toMatchObject({ problems: [] });
  expect(await verifyData(story.clusters, newer!.name)).toMatchObject({ problems: [] });

  await dfs.remove('/data/8 ä');
  const restorations = [
    dataRestoration('1', 'older', older!),
    dataRestoration('1', 'newer', newer!, [{ path: '/data', to: '/elsewhere/data' }]),
  ];
  for (const task of restorations) {
    await put(story.stage, { ...task, limits: { maps: 2 } });
    expect(await outcomeOf(task.name)).toBe('Successful');
  }
  expect(await dataOf(story.clusters.source, '/data')).toEqual(before);
  expect(await dataOf(story.clusters.source, '/elsewhere/data')).toEqual(after);
  await expectNothingLeft();
});

test('a worker that is killed while the job runs: the next one follows the same job to its end', async () => {
  const { run, job, jobs } = await untilInTheMiddle();
  await story.killWorker();
  const result = await run.ended();
  expect(result).toMatchObject({ outcome: 'Successful' });
  expect(await jobs()).toMatchObject([{ id: job, state: 'succeeded' }]);
  await expectSetOf(result);
});

test('a stop in the middle of the copy ends the job, and leaves nothing', async () => {
  const labels = await labelsOf();
  const begun = await untilInTheMiddle();
  // So that it is known to be seen where it is.
  const seen = (await remainsOf(story)).join('\n');
  for (const one of [/\/\.staging\/cairn-/, /\/\.distcp\.tmp\./, /\/spool\/1\//, /^\d+ .*job\.tags=cairn-/m])
    expect(seen).toMatch(one);
  await ask(story.stage, '1', { do: 'stop', task: 'daily' });
  const { tasks } = await untilState(story.stage, '1', (state) => state.running === undefined);
  expect(tasks['daily']).toMatchObject({ status: 'Stopped' });
  await expectKilled(begun);
  expect(await labelsOf()).toEqual(labels);
  await expectNothingLeft();
});

test('Terminate in the middle of the copy: a clean-up ends the job, and leaves nothing', async () => {
  const labels = await labelsOf();
  const begun = await untilInTheMiddle();
  await story.stage.client.workflow.getHandle(workflowIds.run('1')).terminate('pressed by hand');
  const { tasks } = await untilState(story.stage, '1', (state) => state.running === undefined);
  expect(tasks['daily']).toMatchObject({ status: 'Failed' });
  await expectKilled(begun);
  expect(await labelsOf()).toEqual(labels);
  await expectNothingLeft();
});

test('the run after them, in whose copy the ResourceManager is gone for 20 s, ends Successful by itself', async () => {
  const { run } = await untilInTheMiddle();
  await story.clusters.yarn!.killResourceManager();
  await pause(20_000);
  await story.clusters.yarn!.startResourceManager();
  const result = await run.ended();
  expect(result).toMatchObject({ outcome: 'Successful' });
  await expectSetOf(result);
});

test('a queue that Yarn does not have is told as it is, and nothing is made', async () => {
  const points = await recoveryPointsIn(story.clusters);
  await put(story.stage, dataTask('1', 'nowhere', ['/data', '/elsewhere'], { queue: 'nope' }));
  const result = await story.begin('nowhere').ended();
  expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'precondition' }] });
  expect(result.parts[0]!.reason).toMatch(/no queue "nope"/);
  expect(await recoveryPointsIn(story.clusters)).toEqual(points);
  const folders = [];
  for await (const { name } of webHdfs(story.clusters.remote).list('/backup')) folders.push(name);
  expect(folders).toEqual([expect.stringMatching(/^daily_HDFS_/)]);
  await expectNothingLeft();
});

test('no history of these runs is long, and no step would have waited long for a lost worker', async () => {
  expect(await smallHistories(story.stage.client)).toBeGreaterThan(8);
  expect(await stepsThatLoseTime(story.stage.client, 30)).toEqual([]);
});

interface Begun {
  readonly run: BegunRun;
  readonly job: string;
  /** All that Yarn was given for this copy. */
  jobs(): Promise<readonly YarnApplication[]>;
}

let rounds = 0;

/** Starts a backup; returns when its job writes a file that takes a while. */
async function untilInTheMiddle(): Promise<Begun> {
  rounds += 1;
  await webHdfs(story.clusters.source).create('/data/slow', Buffer.alloc(12_000_000, rounds), { overwrite: true });
  const run = story.begin('daily');
  await untilCopying(story.clusters.remote, (path) => path.startsWith('/backup/daily_HDFS_'));
  const { running } = await untilState(story.stage, '1', (state) => state.running !== undefined);
  const jobs = () => yarn.applicationsByTag(`cairn-1-${running!.label}-hdfs-0`);
  expect(await jobs()).toMatchObject([{ state: 'running' }]);
  return { run, job: (await jobs())[0]!.id, jobs };
}

async function expectKilled({ job, jobs }: Begun): Promise<void> {
  expect(await jobs()).toMatchObject([{ id: job, state: 'killed', isOver: true }]);
}

async function expectSetOf({ label }: RunResult): Promise<void> {
  const newest = (await dataSets(story.clusters, 'daily')).at(-1)!;
  expect(newest.label).toBe(label);
  expect(await verifyData(story.clusters, newest.name)).toMatchObject({ problems: [] });
  expect(await changedSince(story.clusters, 'daily')).toEqual([]);
  await expectNothingLeft();
}

async function expectNothingLeft(): Promise<void> {
  expect(await recoveryPointsIn(story.clusters)).toEqual({ '/data': (await labelsOf()).slice(-1) });
  expect(await remainsOf(story)).toEqual([]);
}
