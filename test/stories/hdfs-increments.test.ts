import { Runtime } from '@temporalio/worker';
import type { RunResult } from '../../model/run';
import { folderOf } from '../../sets/layout';
import { readDataManifest } from '../../sets/manifest';
import {
  backupPath,
  dataCluster,
  dataOf,
  dataRestoration,
  dataSets,
  dataTask,
  openRemote,
  verifyData,
} from '../kit/data-cluster';
import { endOfRun, fill, pause, put, type RealCluster, runTask, spawnRealWorker, webHdfs } from '../kit/real-cluster';
import { ask, openStage, type Stage } from '../kit/stage';
import { openTwoClusters, type TwoClusters } from '../kit/two-clusters';
import type { WorkerChild } from '../kit/worker-child';

/** Runs that copy what changed since the run before; whatever they copy, each set holds everything. */
let stage: Stage;
let clusters: TwoClusters;
let cluster: RealCluster;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openStage();
  clusters = await openTwoClusters();
  // A copy that is tried again is a full one, and a step that is silent for 3 s on a busy machine would be.
  cluster = await dataCluster(stage, '1', clusters, { heartbeatSeconds: 15 });
  worker = await spawnRealWorker(stage, [cluster]);
});

afterAll(async () => {
  await worker?.kill();
  await clusters?.close();
  await stage?.close();
  await Runtime.instance().shutdown();
});

const labelIn = (result: RunResult) => result.parts[0]!.set!.slice(-14);

async function backUp(task: string): Promise<RunResult> {
  const result = await runTask(stage, '1', task);
  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ outcome: 'Successful' }] });
  return result;
}

/** Nothing but sets lies in the folder's snapshots, and each set is what it says. */
async function expectSound(task: string, count: number): Promise<void> {
  const sets = await dataSets(clusters, task);
  expect(sets).toHaveLength(count);
  for (const { name } of sets) expect(await verifyData(clusters, name)).toMatchObject({ problems: [] });
  const folder = folderOf(sets[0]!.name);
  expect([...(await openRemote(clusters).snapshots!.list(folder))].sort()).toEqual(sets.map(({ label }) => label));
}

/** Renames, removals, new content and other attributes, where a comparison by name and length would see little. */
async function change(directory: string, round: number): Promise<void> {
  const dfs = webHdfs(clusters.source);
  await dfs.rename(`${directory}/${round * 8} ä`, `${directory}/renamed ${round}`);
  await dfs.remove(`${directory}/renamed ${round}/plain`);
  await dfs.rename(`${directory}/renamed ${round}/100%`, `${directory}/moved ${round}`);
  await dfs.create(`${directory}/new ${round}`, Buffer.from(`new in ${round}`));
  await dfs.create(`${directory}/rewritten`, Buffer.from(`${round} is as long as the others`), { overwrite: true });
  await dfs.setPermission(`${directory}/renamed ${round}`, '750');
  await dfs.setOwner(`${directory}/moved ${round}`, 'alice', 'staff');
  await dfs.setPermission(directory, ['711', '755', '701', '750'][round]!);
}

test('with fullEvery: 3 two of three runs copy what changed; each set is sound, and brings back its own state', async () => {
  await fill(clusters.source, '/data', 32);
  await put(stage, dataTask('1', 'third', ['/data'], { policy: { fullEvery: 3 } }));
  const states: Record<string, string>[] = [];
  const labels: string[] = [];
  const bases: (string | undefined)[] = [];
  for (const round of [0, 1, 2, 3]) {
    states.push(await dataOf(clusters.source, '/data'));
    const result = await backUp('third');
    labels.push(labelIn(result));
    bases.push(result.parts[0]!.buildsOn);
    expect(result.parts[0]!.notes ?? []).toEqual([]);
    await change('/data', round);
  }
  expect(bases).toEqual([undefined, labels[0], labels[1], undefined]);
  await expectSound('third', 4);

  const sets = await dataSets(clusters, 'third');
  const manifest = await readDataManifest(openRemote(clusters), sets[2]!.name);
  expect(manifest).toMatchObject({ buildsOn: labels[1], increments: 2 });
  for (const [n, set] of sets.entries()) {
    const to = `/back/${n}`;
    await put(stage, dataRestoration('1', `back-${n}`, set, [{ path: '/data', to }]));
    expect(await runTask(stage, '1', `back-${n}`)).toMatchObject({ outcome: 'Successful' });
    expect(await dataOf(clusters.source, to)).toEqual(states[n]);
  }
});

test('where an increment cannot be, everything is copied, and the run says why', async () => {
  const [dfs, there] = [webHdfs(clusters.source), webHdfs(clusters.remote)];
  for (const name of ['one', 'two']) await fill(clusters.source, `/some/${name}`, 8);
  await put(stage, dataTask('1', 'some', ['/some/one', '/some/two'], { policy: 'incremental' }));
  await backUp('some');
  const before = labelIn(await backUp('some'));
  const { name } = (await dataSets(clusters, 'some'))[0]!;
  const folder = `${backupPath}/${folderOf(name)}`;

  await there.create(`${folder}/data/0/strange`, Buffer.from('not ours'));
  const changed = await backUp('some');
  expect(changed.parts[0]).not.toHaveProperty('buildsOn');
  expect(changed.parts[0]!.notes).toContainEqual(
    expect.stringMatching(`full run .*target was changed since set ${before}`),
  );

  for (const { name: snapshot } of await dfs.snapshotsOf('/some/two')) await dfs.deleteSnapshot('/some/two', snapshot);
  const gone = await backUp('some');
  expect(gone.parts[0]).not.toHaveProperty('buildsOn');
  expect(gone.parts[0]!.notes).toContainEqual(expect.stringMatching(/full run .*snapshot .* is gone/));

  expect((await backUp('some')).parts[0]).toMatchObject({ buildsOn: labelIn(gone) });
  await put(stage, dataTask('1', 'some', ['/some/one'], { policy: 'incremental' }));
  const fewer = await backUp('some');
  expect(fewer.parts[0]).not.toHaveProperty('buildsOn');
  expect(fewer.parts[0]!.notes).toContainEqual(expect.stringMatching(/full run .*other directories/));
  await expectSound('some', 6);
});

test('a worker that is killed while it copies what changed leaves a run that ends well by itself', async () => {
  await fill(clusters.source, '/killed', 32);
  await put(stage, dataTask('1', 'killed', ['/killed'], { policy: 'incremental' }));
  await backUp('killed');
  for (const [round, waitMs] of [2500, 4000].entries()) {
    await change('/killed', round);
    const state = await dataOf(clusters.source, '/killed');
    const key = `killed-${round}`;
    expect(await ask(stage, '1', { do: 'start', task: 'killed', trigger: 'manual' }, key)).toMatchObject({
      accepted: true,
    });
    await pause(waitMs);
    await worker.kill();
    worker = await spawnRealWorker(stage, [cluster]);
    expect(await endOfRun(stage, '1', key)).toMatchObject({ outcome: 'Successful' });
    await expectSound('killed', round + 2);
    const set = (await dataSets(clusters, 'killed')).at(-1)!;
    const to = `/killed-back/${round}`;
    await put(stage, dataRestoration('1', `killed-back-${round}`, set, [{ path: '/killed', to }]));
    expect(await runTask(stage, '1', `killed-back-${round}`)).toMatchObject({ outcome: 'Successful' });
    expect(await dataOf(clusters.source, to)).toEqual(state);
  }
});
