import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../model/errors';
import { resultOfRun } from '../../client/run-result';
import { workflowIds } from '../../model/names';
import type { RunResult } from '../../model/run';
import type { BackupTask, ChosenSet, RestorationTask } from '../../model/task';
import { folderOf } from '../fakes/folder-tree';
import {
  ask,
  dataFolderTask,
  type FakeCluster,
  fakeCluster,
  openStage,
  type Stage,
  stateOf,
  taskAlarms,
  untilState,
  workFor,
} from '../kit/stage';
import type { RunningWorker } from '../../workers/run-worker';
import { patienceMs } from '../kit/pauses';

/** Runs of service data, with folders for HDFS: what the workflows decide, not what the servers do. */
let stage: Stage;
let worker: RunningWorker | undefined;

beforeAll(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});
afterAll(async () => {
  await stage?.close();
});

async function served(id: string): Promise<FakeCluster> {
  const cluster = await fakeCluster(stage, id);
  await write(cluster, '/data/one', 'one');
  await write(cluster, '/data/below/two', 'two');
  worker = await workFor(cluster);
  return cluster;
}

async function write({ service }: FakeCluster, path: string, text: string): Promise<void> {
  const file = join(service.hdfs, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
}

const read = ({ service }: FakeCluster, path: string) => readFile(join(service.hdfs, path), 'utf8');

async function put(task: BackupTask | RestorationTask): Promise<void> {
  expect(await ask(stage, task.cluster, { do: 'putTask', task })).toMatchObject({ accepted: true });
}

/** Starts a task and gives the record of its run, however it ends. */
async function run(id: string, task: string): Promise<RunResult> {
  const key = `run-${id}-${task}-${Date.now()}`;
  expect(await ask(stage, id, { do: 'start', task, trigger: 'manual' }, key)).toMatchObject({ accepted: true });
  const { ended } = await untilState(stage, id, (state) => state.ended.some((one) => one.key === key));
  return (await resultOfRun(stage.client, id, ended.find((one) => one.key === key)!.runId!))!;
}

async function setsOf({ service }: FakeCluster): Promise<string[]> {
  const folders = await readdir(service.remote);
  const sets = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(service.remote, folder, '.snapshot'))).map((label) => `${folder}/${label}`),
    ),
  );
  return sets.flat().sort();
}

function chosen(cluster: FakeCluster, result: RunResult): ChosenSet {
  const part = result.parts.find((one) => one.source === 'hdfs')!;
  return {
    target: part.target!,
    name: part.set!,
    source: 'hdfs',
    part: '',
    label: result.label,
    cluster: cluster.id,
    productVersion: '3.3.0',
  };
}

function restoration(cluster: FakeCluster, name: string, set: ChosenSet): RestorationTask {
  return { kind: 'restoration', name, cluster: cluster.id, sets: [set] };
}

const views = ({ service }: FakeCluster) => readdir(join(service.hdfs, '.cairn', 'views')).catch(() => []);

async function untilFrozenFor(cluster: FakeCluster, what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 50));
  await stateOf(stage, cluster.id);
}

test('metadata and service data in one task run as one, share one label, and each leaves its set', async () => {
  const cluster = await served('both');
  await put(dataFolderTask('both', 'all', ['/data'], { withMetadata: true }));
  const result = await run('both', 'all');
  expect(result).toMatchObject({ outcome: 'Successful' });
  expect(result.parts.map(({ source, outcome }) => [source, outcome])).toEqual([
    ['nameNode', 'Successful'],
    ['hdfs', 'Successful'],
  ]);
  expect(result.parts.map(({ set }) => set!.includes(result.label))).toEqual([true, true]);
  expect(result.parts[1]).toMatchObject({ files: 2, bytes: 6 });
  expect(await readdir(cluster.spool, { recursive: true })).toEqual(['both']);
});

test('a source that fails fails the run, and the set of the other stands', async () => {
  const cluster = await served('half');
  await put(dataFolderTask('half', 'all', ['/data', '/nowhere'], { withMetadata: true }));
  const result = await run('half', 'all');
  expect(result).toMatchObject({ outcome: 'Failed', reason: expect.stringContaining('/nowhere') as string });
  expect(result.parts.map(({ source, outcome }) => [source, outcome])).toEqual([
    ['nameNode', 'Successful'],
    ['hdfs', 'Failed'],
  ]);
  expect(await readdir(cluster.service.remote)).toEqual([]);
  expect(await views(cluster)).toEqual([]);
});

test('what arrived different is copied once more, and a set is made of what is right then', async () => {
  const cluster = await served('again');
  await put(dataFolderTask('again', 'all', ['/data']));
  let spoilt = 0;
  cluster.service.copier.spoil = async ({ to }) => {
    spoilt += 1;
    if (spoilt === 1) await writeFile(join(folderOf(to), 'one'), 'two');
  };
  expect(await run('again', 'all')).toMatchObject({ outcome: 'Successful' });
  expect(spoilt).toBe(2);
});

test('what arrives different each time makes no set, says what differs, and leaves nothing frozen', async () => {
  const cluster = await served('never');
  await put(dataFolderTask('never', 'all', ['/data']));
  cluster.service.copier.spoil = ({ to }) => writeFile(join(folderOf(to), 'stranger'), 'x');
  const result = await run('never', 'all');
  expect(result).toMatchObject({ outcome: 'Failed', reason: expect.stringContaining('stranger') as string });
  expect(result.parts[0]).toMatchObject({ errorKind: 'corrupt' });
  expect(await setsOf(cluster)).toEqual([]);
  expect(await views(cluster)).toEqual([]);
  delete cluster.service.copier.spoil;
  expect(await run('never', 'all')).toMatchObject({ outcome: 'Successful' });
});

test('only the newest sets are kept, and as many frozen views as the task says', async () => {
  const cluster = await served('prune');
  await put(dataFolderTask('prune', 'all', ['/data'], { copies: 2, recoveryPoints: 1 }));
  const labels: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    await write(cluster, '/data/one', `round ${round}`);
    labels.push((await run('prune', 'all')).label);
  }
  expect((await setsOf(cluster)).map((name) => name.split('/')[1])).toEqual(labels.slice(1));
  expect((await views(cluster)).map((name) => name.slice(-14))).toEqual(labels.slice(2));
});

test('a change on the target since the newest set is told and put right', async () => {
  const cluster = await served('stranger');
  await put(dataFolderTask('stranger', 'all', ['/data']));
  const first = chosen(cluster, await run('stranger', 'all'));
  const live = join(cluster.service.remote, first.name, '..', 'data', '0');
  await writeFile(join(live, 'one'), 'changed by somebody');
  const result = await run('stranger', 'all');
  expect(result).toMatchObject({ outcome: 'Successful' });
  expect(result.parts[0]!.notes!.join()).toContain(`was changed since set ${first.label}`);
  expect(await readFile(join(live, 'one'), 'utf8')).toBe('one');
});

test('a directory that the task no longer names is in no later set, and what older runs left half made is dropped', async () => {
  const cluster = await served('fewer');
  await write(cluster, '/more/three', 'three');
  await put(dataFolderTask('fewer', 'all', ['/data', '/more']));
  const [folder] = chosen(cluster, await run('fewer', 'all')).name.split('/');
  const at = (...names: string[]) => join(cluster.service.remote, folder!, ...names);
  await mkdir(at('.snapshot', 'unfinished-20200101000000'));
  await put(dataFolderTask('fewer', 'all', ['/data']));
  const { label } = await run('fewer', 'all');
  expect(await readdir(at('.snapshot', label, 'data'))).toEqual(['0']);
  expect((await readdir(at('.snapshot'))).filter((name) => !/^\d{14}$/.test(name))).toEqual([]);
});

describe('a task with rows', () => {
  const rows = [{ under: '/wide', matching: 'hive.*' }];
  const pathsOf = async ({ service }: FakeCluster, set: string): Promise<string[]> => {
    const [folder, label] = set.split('/');
    const manifest = await readFile(
      join(service.remote, folder!, '.snapshot', label!, '.cairn', 'manifest.json'),
      'utf8',
    );
    return (JSON.parse(manifest) as { trees: { path: string }[] }).trees.map(({ path }) => path);
  };

  test('takes what matches when a run begins; directories keep their places', async () => {
    const cluster = await served('rows');
    for (const name of ['hive-b', 'hive-d', 'other']) await write(cluster, `/wide/${name}/file`, name);
    await put(dataFolderTask('rows', 'all', ['/data'], { rows }));
    const first = chosen(cluster, await run('rows', 'all'));
    expect(await pathsOf(cluster, first.name)).toEqual(['/data', '/wide/hive-b', '/wide/hive-d']);

    await write(cluster, '/wide/hive-a/file', 'new');
    await rm(join(cluster.service.hdfs, '/wide/hive-b'), { recursive: true });
    const second = chosen(cluster, await run('rows', 'all'));
    expect(await pathsOf(cluster, second.name)).toEqual(['/data', '/wide/hive-a', '/wide/hive-d']);

    await put(restoration(cluster, 'back', { ...first, paths: [{ path: '/wide/hive-b', to: '/wide/hive-b' }] }));
    expect(await run('rows', 'back')).toMatchObject({ outcome: 'Successful' });
    expect(await read(cluster, '/wide/hive-b/file')).toBe('hive-b');
  });

  test('takes the same in all of a run: a step that is tried again does not look anew', async () => {
    const cluster = await served('steady');
    await write(cluster, '/wide/hive-a/file', 'a');
    const calls: string[] = [];
    Object.assign(cluster.service.source, { calls, errors: { freeze: [new BackupError('unavailable', 'try again')] } });
    await put(dataFolderTask('steady', 'all', [], { rows }));
    const ended = run('steady', 'all');
    await untilFrozenFor(cluster, () => calls.includes('freeze'));
    await write(cluster, '/wide/hive-late/file', 'late');
    const result = await ended;
    expect(calls.filter((step) => step === 'resolve')).toHaveLength(1);
    expect(calls.filter((step) => step === 'freeze')).toHaveLength(2);
    expect(await pathsOf(cluster, chosen(cluster, result).name)).toEqual(['/wide/hive-a']);
  });

  test('fails where nothing matches, and tells a row that matches nothing beside others', async () => {
    const cluster = await served('nothing');
    await put(dataFolderTask('nothing', 'all', ['/data'], { rows }));
    await mkdir(join(cluster.service.hdfs, '/wide'));
    const failed = await run('nothing', 'all');
    expect(failed).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'missing' }] });
    await write(cluster, '/wide/hive/file', 'there');
    await put(dataFolderTask('nothing', 'all', [], { rows: [...rows, { under: '/wide', matching: 'none' }] }));
    const { parts } = await run('nothing', 'all');
    expect(parts).toMatchObject([{ outcome: 'Successful', notes: ['no directory matches /wide:none'] }]);
    expect(await views(cluster)).toHaveLength(1);
  });

  test('is cleaned up behind when its run is terminated, though nobody knows what matched', async () => {
    const cluster = await served('lost');
    await write(cluster, '/wide/hive-a/file', 'a');
    await put(dataFolderTask('lost', 'all', [], { rows }));
    const { label } = await run('lost', 'all');
    const { copier } = cluster.service;
    copier.copyMs = 60_000;
    const before = { ...copier.calls! };
    await ask(stage, 'lost', { do: 'start', task: 'all', trigger: 'manual' });
    await untilFrozenFor(cluster, () => copier.calls!.copyPart > before.copyPart);
    await rm(cluster.spool, { recursive: true });
    await stage.client.workflow.getHandle(workflowIds.run('lost')).terminate('by hand');
    await untilState(stage, 'lost', ({ tasks, running }) => tasks['all']!.status === 'Failed' && !running);
    expect((await views(cluster)).map((name) => name.slice(-14))).toEqual([label]);
    expect(copier.calls!.clear).toBeGreaterThan(before.clear);
  });
});

test('a folder in which sets of another cluster lie is refused, and they stay as they are', async () => {
  const other = await served('other');
  await put(dataFolderTask('other', 'all', ['/data']));
  const theirs = chosen(other, await run('other', 'all')).name;
  await worker!.stop();
  const cluster = await served('same-path');
  Object.assign(cluster.service, { remote: other.service.remote });
  const creation = theirs.split('/')[0]!.slice(-14);
  const task = dataFolderTask('same-path', 'all', ['/data']);
  expect(await ask(stage, 'same-path', { do: 'putTask', task, creation })).toMatchObject({ accepted: true });
  const result = await run('same-path', 'all');
  expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'conflict' }] });
  expect(result.reason).toContain('holds sets of cluster other');
  expect(await setsOf(cluster)).toEqual([theirs]);
  expect(await views(cluster)).toEqual([]);
});

test('a stop while trees are copied leaves no set, nothing frozen and nothing in the spool', async () => {
  const cluster = await served('stop');
  await put(dataFolderTask('stop', 'all', ['/data']));
  cluster.service.copier.copyMs = 60_000;
  await ask(stage, 'stop', { do: 'start', task: 'all', trigger: 'manual' });
  await untilFrozenFor(cluster, () => cluster.service.copier.calls!.copyPart > 0);
  await ask(stage, 'stop', { do: 'stop', task: 'all' });
  await untilState(stage, 'stop', ({ tasks }) => tasks['all']!.status === 'Stopped');
  expect(await setsOf(cluster)).toEqual([]);
  expect(await views(cluster)).toEqual([]);
  expect(await readdir(cluster.spool, { recursive: true })).toEqual(['stop']);
  expect(cluster.service.copier.calls!.clear).toBeGreaterThan(0);
});

test('a run that is terminated is cleaned up behind: its copy is ended, its view is given up', async () => {
  const cluster = await served('terminate');
  await put(dataFolderTask('terminate', 'all', ['/data']));
  cluster.service.copier.copyMs = 60_000;
  await ask(stage, 'terminate', { do: 'start', task: 'all', trigger: 'manual' });
  await untilFrozenFor(cluster, () => cluster.service.copier.calls!.copyPart > 0);
  await stage.client.workflow.getHandle(workflowIds.run('terminate')).terminate('by hand');
  await untilState(stage, 'terminate', ({ tasks, running }) => tasks['all']!.status === 'Failed' && !running);
  expect(await views(cluster)).toEqual([]);
  expect(cluster.service.copier.calls!.clear).toBeGreaterThan(0);
  cluster.service.copier.copyMs = 0;
  expect(await run('terminate', 'all')).toMatchObject({ outcome: 'Successful' });
});

test('a set is put back as it was, and what was there since is gone', async () => {
  const cluster = await served('back');
  await put(dataFolderTask('back', 'all', ['/data']));
  const set = chosen(cluster, await run('back', 'all'));
  await write(cluster, '/data/one', 'changed');
  await write(cluster, '/data/new', 'new');
  await put(restoration(cluster, 'restore', set));
  expect(await run('back', 'restore')).toMatchObject({ outcome: 'Successful', parts: [{ files: 2, bytes: 6 }] });
  expect(await read(cluster, '/data/one')).toBe('one');
  expect((await readdir(join(cluster.service.hdfs, 'data'))).sort()).toEqual(['below', 'one']);
  expect(await readdir(join(cluster.service.hdfs, '.cairn'))).toEqual(['views']);
});

test('metadata is put live before service data, however the task was written; where it fails, the data is left alone', async () => {
  const cluster = await served('order');
  await put(dataFolderTask('order', 'all', ['/data'], { withMetadata: true }));
  const result = await run('order', 'all');
  const [metadata] = result.parts;
  const data = chosen(cluster, result);
  const nameNode: ChosenSet = {
    ...data,
    source: 'nameNode',
    part: metadata!.part,
    target: metadata!.target!,
    name: metadata!.set!,
  };
  await write(cluster, '/data/one', 'changed');
  await put({ kind: 'restoration', name: 'restore', cluster: 'order', sets: [data, nameNode] });
  const { outcome, parts, overridden } = await run('order', 'restore');
  expect([outcome, overridden]).toEqual(['Successful', undefined]);
  expect(parts.map(({ source }) => source)).toEqual(['nameNode', 'hdfs']);
  expect(await read(cluster, '/data/one')).toBe('one');

  await write(cluster, '/data/one', 'newer');
  cluster.script.errors = { load: [new BackupError('precondition', 'the NameNode runs')] };
  await put({ kind: 'restoration', name: 'again', cluster: 'order', sets: [data, nameNode] });
  const failed = await run('order', 'again');
  expect(failed.parts.map(({ source, outcome }) => [source, outcome])).toEqual([['nameNode', 'Failed']]);
  expect(await read(cluster, '/data/one')).toBe('newer');
});

test('a set of another product version is restored when its maker insists, and the record says so', async () => {
  const before = await fakeCluster(stage, 'versions', {}, { version: '3.2.0' });
  await write(before, '/data/one', 'one');
  worker = await workFor(before);
  await put(dataFolderTask('versions', 'all', ['/data']));
  const set = { ...chosen(before, await run('versions', 'all')), productVersion: '3.2.0' };
  await worker.stop();
  const after = await fakeCluster(stage, 'versions');
  worker = await workFor(after);
  await untilState(stage, 'versions', ({ cluster }) => cluster.version === '3.3.0');
  await write(after, '/data/one', 'changed');
  const order = { do: 'putTask', task: restoration(after, 'restore', set) } as const;
  expect(await ask(stage, 'versions', order)).toMatchObject({ refusal: 'invalid' });
  await put({ ...restoration(after, 'restore', set), anyVersion: true });
  expect(await run('versions', 'restore')).toMatchObject({
    outcome: 'Successful',
    overridden: [`set ${set.name} is of product version 3.2.0, the cluster of 3.3.0 (--any-version)`],
  });
  expect(await read(after, '/data/one')).toBe('one');
});

test('a restoration that fails, or whose set was spoilt, brings back the state before', async () => {
  const cluster = await served('revert');
  await put(dataFolderTask('revert', 'all', ['/data']));
  const set = chosen(cluster, await run('revert', 'all'));
  await write(cluster, '/data/one', 'newer');
  await put(restoration(cluster, 'restore', set));
  cluster.service.source.errors!.adopt = [new BackupError('denied', 'made to fail')];
  const failed = await run('revert', 'restore');
  expect(failed).toMatchObject({ outcome: 'Failed', parts: [{ notes: ['the state before was brought back'] }] });
  expect(await read(cluster, '/data/one')).toBe('newer');

  const tree = join(cluster.service.remote, set.name, '..', '.snapshot', set.label, 'data', '0');
  await writeFile(join(tree, 'one'), 'eno');
  const spoilt = await run('revert', 'restore');
  expect(spoilt).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'corrupt' }] });
  expect(await read(cluster, '/data/one')).toBe('newer');
});

test('a restoration whose revert fails too raises ALM-12035; what could not be dropped afterwards is but a note', async () => {
  const cluster = await served('alarm');
  await put(dataFolderTask('alarm', 'all', ['/data']));
  const set = chosen(cluster, await run('alarm', 'all'));
  await put(restoration(cluster, 'restore', set));
  cluster.service.source.errors = {
    adopt: [new BackupError('denied', 'made to fail')],
    revert: [new BackupError('denied', 'made to fail')],
  };
  expect(await run('alarm', 'restore')).toMatchObject({ outcome: 'Failed', parts: [{ revertFailed: true }] });
  expect(taskAlarms(await stateOf(stage, 'alarm'))).toMatchObject([{ id: '12035', task: 'restore' }]);
  cluster.service.source.errors = { forget: [new BackupError('denied', 'made to fail')] };
  const result = await run('alarm', 'restore');
  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ notes: [expect.stringContaining('kept')] }] });
  expect(taskAlarms(await stateOf(stage, 'alarm'))).toEqual([]);
});

test('a stopped restoration is brought back to the state before', async () => {
  const cluster = await served('stop-back');
  await put(dataFolderTask('stop-back', 'all', ['/data']));
  const set = chosen(cluster, await run('stop-back', 'all'));
  await rm(join(cluster.service.hdfs, 'data'), { recursive: true });
  await put(restoration(cluster, 'restore', set));
  cluster.service.source.adoptMs = 60_000;
  await ask(stage, 'stop-back', { do: 'start', task: 'restore', trigger: 'manual' });
  await untilFrozenFor(cluster, () => cluster.service.source.calls!.includes('adopt'));
  await ask(stage, 'stop-back', { do: 'stop', task: 'restore' });
  await untilState(stage, 'stop-back', ({ tasks }) => tasks['restore']!.status === 'Stopped');
  expect(await readdir(cluster.service.hdfs)).toEqual(['.cairn']);
  cluster.service.source.adoptMs = 0;
  expect(await run('stop-back', 'restore')).toMatchObject({ outcome: 'Successful' });
  expect(await read(cluster, '/data/below/two')).toBe('two');
});

test('deleting a task gives up what it kept frozen, and its sets stay', async () => {
  const cluster = await served('delete');
  await put(dataFolderTask('delete', 'all', ['/data']));
  await run('delete', 'all');
  expect(await views(cluster)).toHaveLength(1);
  await ask(stage, 'delete', { do: 'deleteTask', task: 'all' });
  await untilGone(cluster);
  expect(await setsOf(cluster)).toHaveLength(1);
});

async function untilGone(cluster: FakeCluster): Promise<void> {
  for (const deadline = Date.now() + patienceMs; (await views(cluster)).length > 0;)
    if (Date.now() > deadline) throw new Error('the views are still there');
}
