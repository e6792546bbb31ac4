import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetadataManifest } from '../../model/manifest';
import type { RunResult } from '../../model/run';
import { namesOf } from '../../sets/layout';
import { smallHistories, stepsThatLoseTime } from '../kit/history';
import { processesWith, untilGone } from '../kit/processes';
import {
  bytesBelow,
  endOfRun,
  filesBelow,
  fill,
  nameNodeTask,
  openRealStage,
  pause,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  restorationOf,
  setsIn,
  spawnRealWorker,
  spoolOf,
  treeOf,
  verify,
} from '../kit/real-cluster';
import { kills } from '../kit/kills';
import { randomFrom, tellSeed } from '../kit/seed';
import { ask } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';

const random = randomFrom(tellSeed());
let stage: RealStage;
let cluster: RealCluster;
let worker: WorkerChild & { readonly mark: string };
let tree: Record<string, string>;

beforeAll(async () => {
  stage = await openRealStage();
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs });
  await fill(stage.hdfs, '/data', 64);
  tree = await treeOf(stage.hdfs);
  worker = await startWorker();
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

let workers = 0;

/** Everything that this worker starts carries its mark: a `hadoop` command is given what begins with HADOOP. */
async function startWorker() {
  const mark = `${process.pid}-${(workers += 1)}`;
  return { ...(await spawnRealWorker(stage, [cluster], { HADOOP_TEST_MARK: mark })), mark };
}

const marked = (mark: string) => processesWith(`HADOOP_TEST_MARK=${mark}\n`);

let begun = 0;

/** Starts a task; `ended` gives the record of its run. */
function begin(task: string) {
  const key = `start-${task}-${(begun += 1)}`;
  const answer = ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' }, key);
  return { ended: answer.then(() => endOfRun(stage, cluster.id, key)) };
}

/** How long an undisturbed run takes, and the most processes of a `hadoop` command that were seen in it. */
async function measure(task: string): Promise<{ length: number; children: number }> {
  const from = Date.now();
  const run = begin(task);
  let [over, children] = [false, 0];
  const watch = (async () => {
    for (; !over; await pause(20)) children = Math.max(children, (await marked(worker.mark)).length - 1);
  })();
  const { outcome, end } = await run.ended.finally(() => (over = true));
  await watch;
  expect(outcome).toBe('Successful');
  return { length: end - from, children };
}

/** Starts a task and kills the worker at a random moment; the next worker is all that helps the run to its end. */
async function runThroughKill(task: string, length: number): Promise<RunResult> {
  const run = begin(task);
  const from = Date.now();
  await pause(random() * 1.3 * length);
  const killedAt = Date.now();
  const { mark } = worker;
  await worker.kill();
  worker = await startWorker();
  expect(await untilGone(`HADOOP_TEST_MARK=${mark}\n`)).toEqual([]);
  const result = await run.ended;
  process.stdout.write(`${task}: killed after ${killedAt - from} ms, ended after ${result.end - from} ms\n`);
  return result;
}

async function newestSet() {
  return (await setsIn(cluster.localBackup, cluster.id)).at(-1)!;
}

/** What no run may leave behind: a spooled file, an unfinished upload, an archive or a manifest without the other. */
async function remains(): Promise<string[]> {
  const stored = await filesBelow(cluster.localBackup);
  const whole = (await setsIn(cluster.localBackup, cluster.id)).flatMap(({ name }) => Object.values(namesOf(name)));
  return [...stored.filter((name) => !whole.includes(name)), ...(await filesBelow(spoolOf(stage)))];
}

describe('a worker that is killed at a random moment', () => {
  let length: number;

  test('its hadoop commands are found by their mark, so that one that outlives it would be found too', async () => {
    await put(stage, nameNodeTask(cluster.id));
    const undisturbed = await measure('nn');
    expect(undisturbed.children).toBeGreaterThan(0);
    length = undisturbed.length;
  });

  test(`${kills} times in a backup: the next worker makes the set, and nothing is left behind`, async () => {
    for (let round = 1; round <= kills; round += 1) {
      expect(await runThroughKill('nn', length)).toMatchObject({ outcome: 'Successful' });
      expect(await verify(cluster.localBackup, (await newestSet()).name)).toMatchObject({ problems: [] });
      expect(await remains()).toEqual([]);
    }
    expect(await setsIn(cluster.localBackup, cluster.id)).toHaveLength(kills + 1);
  });

  test(`${kills} times in a restoration: the next worker puts the set live whole, and nothing is left behind`, async () => {
    await stage.hdfs.stopNameNode();
    const set = await newestSet();
    await put(stage, restorationOf(cluster.id, 'undisturbed', [set]));
    await lose();
    const undisturbed = await measure('undisturbed');
    for (let round = 1; round <= kills; round += 1) {
      await put(stage, restorationOf(cluster.id, `back-${round}`, [set]));
      await lose();
      const { outcome, label } = await runThroughKill(`back-${round}`, undisturbed.length);
      expect(outcome).toBe('Successful');
      expect(await bytesBelow(join(stage.hdfs.nameDir, 'current'))).toEqual(await digestsIn(set.name));
      expect((await readdir(stage.hdfs.nameDir)).filter((name) => name.includes('cairn'))).toEqual([
        `current.cairn-${label}.old`,
      ]);
      expect(await remains()).toEqual([]);
    }
  });

  test('a NameNode that starts on what the last of these restorations made serves the same tree and files', async () => {
    await stage.hdfs.startNameNode();
    await stage.hdfs.waitUntilServing();
    expect(await treeOf(stage.hdfs)).toEqual(tree);
  });

  test('no history of all these runs is long', async () => {
    expect(await smallHistories(stage.client)).toBeGreaterThan(2 * kills);
  });

  test('no step of theirs would have waited longer than half a minute for a worker that is no more', async () => {
    expect(await stepsThatLoseTime(stage.client, 30)).toEqual([]);
    expect(await stepsThatLoseTime(stage.client, 1)).toContain('planBackUp');
  });
});

/** What the NameNode had is gone; what lies there instead is of no use to it. */
async function lose(): Promise<void> {
  const current = join(stage.hdfs.nameDir, 'current');
  await rm(current, { recursive: true, force: true });
  await mkdir(current);
  await writeFile(join(current, 'VERSION'), 'broken');
}

async function digestsIn(set: string): Promise<Record<string, string>> {
  const text = await readFile(join(cluster.localBackup, namesOf(set).manifest), 'utf8');
  return Object.fromEntries((JSON.parse(text) as MetadataManifest).files.map(({ path, sha256 }) => [path, sha256]));
}
