import { Runtime } from '@temporalio/worker';
import { type Cairn, openCairn } from '../../client';
import type { RunResult } from '../../model/run';
import { folderOf } from '../../sets/layout';
import { manifestDigest, readDataManifest } from '../../sets/manifest';
import { backupPath, dataCluster, dataOf, dataTask, openRemote, remote } from '../kit/data-cluster';
import { patienceMs } from '../kit/pauses';
import { endOfRun, fill, pause, put, type RealCluster, runTask, spawnRealWorker, webHdfs } from '../kit/real-cluster';
import { newPartName } from '../../targets/part-names';
import { ask, openStage, type Stage } from '../kit/stage';
import { openTwoClusters, type TwoClusters } from '../kit/two-clusters';
import type { WorkerChild } from '../kit/worker-child';

/** What somebody else does to a target, between runs and in the middle of one. */
let stage: Stage;
let clusters: TwoClusters;
let cluster: RealCluster;
let worker: WorkerChild;
let cairn: Cairn;

beforeAll(async () => {
  stage = await openStage();
  clusters = await openTwoClusters();
  cluster = await dataCluster(stage, '1', clusters);
  worker = await spawnRealWorker(stage, [cluster]);
  cairn = await openCairn({ address: stage.temporal.address });
  await fill(clusters.source, '/data', 16);
});

afterAll(async () => {
  await cairn?.close();
  await worker?.kill();
  await clusters?.close();
  await stage?.close();
  await Runtime.instance().shutdown();
});

const dfs = () => webHdfs(clusters.remote);

/** Runs a task to its success; answers the run, and the folder of its sets in HDFS. */
async function backUp(task: string): Promise<RunResult & { folder: string }> {
  const result = await runTask(stage, '1', task);
  expect(result).toMatchObject({ outcome: 'Successful' });
  return { ...result, folder: `${backupPath}/${folderOf(result.parts[0]!.set!)}` };
}

function notesOf({ parts }: RunResult): string {
  return (parts[0]!.notes ?? []).join('\n');
}

/** Labels of the sets that people see, after each was read to its last byte. */
async function soundSets(task: string): Promise<string[]> {
  const sets = await cairn.sets({ task });
  for (const { name, problems } of await cairn.verify({ task }))
    expect({ name, problems }).toEqual({ name, problems: [] });
  return sets.map(({ label }) => label);
}

/** What a set holds of the task's first directory. */
function treeOf(folder: string, label: string): Promise<Record<string, string>> {
  return dataOf(clusters.remote, `${folder}/.snapshot/${label}/data/0`);
}

describe('what somebody changed on the target since the last run', () => {
  test('is told and put right; older sets are as they were', async () => {
    await put(stage, dataTask('1', 'changed', ['/data']));
    const { folder, label: older } = await backUp('changed');
    const before = await treeOf(folder, older);

    await dfs().create(`${folder}/data/0/0 ä/plain`, Buffer.from('X plain'), { overwrite: true });
    await dfs().create(`${folder}/data/0/stranger`, Buffer.from('not ours'));
    await dfs().remove(`${folder}/data/0/8 ä`);
    await dfs().setOwner(`${folder}/data/0/0 ä/100%`, 'mallory', 'mallory');

    const next = await backUp('changed');
    const notes = notesOf(next);
    expect(notes).toMatch(new RegExp(`changed_HDFS_\\d+ was changed since set ${older}.*it is put right: `));
    for (const name of ['0 ä/plain', 'stranger', '8 ä', '0 ä/100%']) expect(notes).toContain(`data/0/${name}`);
    expect(await treeOf(folder, next.label)).toEqual(await dataOf(clusters.source, '/data'));
    expect(await treeOf(folder, older)).toEqual(before);
    expect(await soundSets('changed')).toEqual([older, next.label]);
    expect(notesOf(await backUp('changed'))).toBe('');
  });

  test('may be the manifest and the index: the next run writes them anew', async () => {
    await put(stage, dataTask('1', 'healed', ['/data']));
    const { folder, label: older } = await backUp('healed');
    for await (const { name } of dfs().list(`${folder}/.cairn/index`))
      await dfs().remove(`${folder}/.cairn/index/${name}`);
    await dfs().remove(`${folder}/.cairn/manifest.json`);
    expect(await soundSets('healed')).toEqual([older]);

    const second = await backUp('healed');
    expect(notesOf(second)).toContain('.cairn/manifest.json');
    await dfs().remove(`${folder}/.cairn`);
    await dfs().create(`${folder}/.cairn`, Buffer.from('a file in its place'));
    const inTheWay = await runTask(stage, '1', 'healed');
    expect(inTheWay).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'conflict' }] });
    await dfs().remove(`${folder}/.cairn`);
    const last = await backUp('healed');
    expect(await soundSets('healed')).toEqual([older, second.label, last.label]);
  });

  test('may be the folder itself: HDFS neither renames nor removes it while it holds sets', async () => {
    await put(stage, dataTask('1', 'kept', ['/data']));
    const { folder, label } = await backUp('kept');
    for (const path of [folder, backupPath]) {
      await expect(dfs().rename(path, '/elsewhere')).rejects.toMatchObject({ kind: 'conflict' });
      await expect(dfs().remove(path)).rejects.toMatchObject({ kind: 'conflict' });
    }
    await expect(dfs().disallowSnapshots(folder)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await soundSets('kept')).toEqual([label]);
  });

  test('may be a set: it is gone for everybody, and the next one follows the one that is left', async () => {
    await put(stage, dataTask('1', 'removed', ['/data']));
    const { folder, label: older, parts: first } = await backUp('removed');
    const { label: gone, parts } = await backUp('removed');
    const name = parts[0]!.set!;
    await cairn.restorations.create('of-removed', { names: [name], elsewhere: [{ path: '/data', to: '/restored' }] });
    await dfs().deleteSnapshot(folder, gone);

    expect(await soundSets('removed')).toEqual([older]);
    const missing = { kind: 'missing', message: expect.stringContaining(`"${name}" is not there`) as string };
    await expect(cairn.verify({ names: [name] })).rejects.toMatchObject(missing);
    await expect(cairn.restorations.create('again', { names: [name] })).rejects.toMatchObject(missing);
    const { outcome, parts: restored } = await cairn.waitFor(await cairn.restorations.start('of-removed'));
    expect({ outcome, ...restored[0] }).toMatchObject({
      outcome: 'Failed',
      errorKind: 'missing',
      reason: expect.stringContaining(`there is no set ${name}`) as string,
    });
    expect(await webHdfs(clusters.source).status('/restored')).toBeUndefined();

    const next = await backUp('removed');
    expect(await soundSets('removed')).toEqual([older, next.label]);
    const target = openRemote(clusters);
    const { previous } = await readDataManifest(target, next.parts[0]!.set!);
    expect(previous).toBe(await manifestDigest(target, first[0]!.set!));
  });
});

describe('somebody who writes while a set is made', () => {
  test('after it was compared is the reason that there is no set', async () => {
    await put(stage, dataTask('1', 'late', ['/data']));
    const { folder, label } = await backUp('late');
    const ended = runTask(stage, '1', 'late');
    await untilFrozen(folder);
    await dfs().mkdirs(`${folder}/data/0/stranger`);
    const result = await ended;
    expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'conflict' }] });
    expect(result.reason).toMatch(
      /somebody changed \S+ while its set was made: .*data\/0\/stranger.*HINT: keep others/,
    );
    expect((await dfs().snapshotsOf(folder)).map(({ name }) => name)).toEqual([label]);

    const next = await backUp('late');
    expect(notesOf(next)).toContain('data/0/stranger');
    expect(await soundSets('late')).toEqual([label, next.label]);
  });

  test('what a worker that was killed left there goes with the next run, also with one that makes no set', async () => {
    await put(stage, dataTask('1', 'cut-off', ['/data']));
    const { folder, label } = await backUp('cut-off');
    await put(stage, dataTask('1', 'cut-off', ['/absent']));
    const left = `${folder}/.cairn/${newPartName('manifest.json')}`;
    await dfs().create(left, Buffer.from('of a put that was cut off'));
    expect(await runTask(stage, '1', 'cut-off')).toMatchObject({ outcome: 'Failed' });
    expect(await dfs().status(left)).toBeUndefined();
    expect(await soundSets('cut-off')).toEqual([label]);
  });

  test('without end never gets into a set, and what is listed is sound', async () => {
    await put(stage, dataTask('1', 'busy', ['/data']));
    const { folder, label } = await backUp('busy');
    const key = 'while-somebody-writes';
    await ask(stage, '1', { do: 'start', task: 'busy', trigger: 'manual' }, key);
    const { outcome, parts } = await whileWriting(`${folder}/data/0/0 ä`, endOfRun(stage, '1', key));
    if (outcome !== 'Successful') expect(['conflict', 'corrupt']).toContain(parts[0]!.errorKind);
    const made = (await soundSets('busy')).filter((one) => one !== label);
    expect(made).toHaveLength(outcome === 'Successful' ? 1 : 0);

    const next = await backUp('busy');
    expect(await treeOf(folder, next.label)).toEqual(await dataOf(clusters.source, '/data'));
    expect(await soundSets('busy')).toEqual([label, ...made, next.label]);
  });
});

/** Until what was copied is frozen, to be compared: what is written before that is only copied over. */
async function untilFrozen(folder: string): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(5))
    if ((await dfs().snapshotsOf(folder)).some(({ name }) => name.startsWith('unfinished-'))) return;
  throw new Error('it was never frozen');
}

async function whileWriting(folder: string, ended: Promise<RunResult>): Promise<RunResult> {
  let isOver = false;
  void ended.finally(() => (isOver = true)).catch(() => undefined);
  for (let n = 0; !isOver; n += 1, await pause(20))
    // DistCp may be removing it at this moment.
    await dfs()
      .create(`${folder}/${n % 3}`, Buffer.from(`${n}`), { overwrite: true })
      .catch(() => undefined);
  return await ended;
}

test('a target that is full in the middle of a copy fails the run, and has the set once there is room', async () => {
  const source = webHdfs(clusters.source);
  for (let n = 0; n < 8; n += 1) await source.create(`/large/${n}`, Buffer.alloc(300_000, n), { blockSize: 65_536 });
  await dfs().mkdirs('/narrow');
  await clusters.remote.hdfs('dfsadmin', '-setSpaceQuota', '1m', '/narrow');
  const task = dataTask('1', 'narrow', ['/large']);
  const sources = task.sources.map((one) => ({ ...one, target: { ...remote, path: '/narrow' } }));
  await put(stage, { ...task, sources });

  const result = await runTask(stage, '1', 'narrow');
  expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'full' }] });
  expect(result.reason).toMatch(/quota.*HINT: /i);
  expect(await cairn.sets({ task: 'narrow' })).toEqual([]);
  expect(await source.snapshotsOf('/large')).toEqual([]);

  await clusters.remote.hdfs('dfsadmin', '-setSpaceQuota', '1g', '/narrow');
  const { label } = await backUp('narrow');
  expect(await soundSets('narrow')).toEqual([label]);
});
