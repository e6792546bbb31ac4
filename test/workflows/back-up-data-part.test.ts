import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../model/errors';
import { workflowIds } from '../../model/names';
import { folderOf } from '../fakes/folder-tree';
import { until } from '../kit/pauses';
import { ask, dataFolderTask, type FakeCluster, stateOf, untilState } from '../kit/stage';
import {
  chosen,
  playOnOneStage,
  put,
  read,
  restoration,
  run,
  served,
  setsOf,
  stage,
  stopWorker,
  untilFrozenFor,
  untilGone,
  views,
  write,
} from './data-ground';

playOnOneStage();

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
    await ask(stage(), 'lost', { do: 'start', task: 'all', trigger: 'manual' });
    await untilFrozenFor(cluster, () => copier.calls!.copyPart > before.copyPart);
    await rm(cluster.spool, { recursive: true });
    await stage().client.workflow.getHandle(workflowIds.run('lost')).terminate('by hand');
    await untilState(stage(), 'lost', ({ tasks, running }) => tasks['all']!.status === 'Failed' && !running);
    expect((await views(cluster)).map((name) => name.slice(-14))).toEqual([label]);
    expect(copier.calls!.clear).toBeGreaterThan(before.clear);
  });
});

test('a folder in which sets of another cluster lie is refused, and they stay as they are', async () => {
  const other = await served('other');
  await put(dataFolderTask('other', 'all', ['/data']));
  const theirs = chosen(other, await run('other', 'all')).name;
  await stopWorker();
  const cluster = await served('same-path');
  Object.assign(cluster.service, { remote: other.service.remote });
  const creation = theirs.split('/')[0]!.slice(-14);
  const task = dataFolderTask('same-path', 'all', ['/data']);
  expect(await ask(stage(), 'same-path', { do: 'putTask', task, creation })).toMatchObject({ accepted: true });
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
  await ask(stage(), 'stop', { do: 'start', task: 'all', trigger: 'manual' });
  await untilFrozenFor(cluster, () => cluster.service.copier.calls!.copyPart > 0);
  await ask(stage(), 'stop', { do: 'stop', task: 'all' });
  await untilState(stage(), 'stop', ({ tasks }) => tasks['all']!.status === 'Stopped');
  expect(await setsOf(cluster)).toEqual([]);
  expect(await views(cluster)).toEqual([]);
  expect(await readdir(cluster.spool, { recursive: true })).toEqual(['stop']);
  expect(cluster.service.copier.calls!.clear).toBeGreaterThan(0);
});

test('a run that is terminated is cleaned up behind: its copy is ended, its view is given up', async () => {
  const cluster = await served('terminate');
  await put(dataFolderTask('terminate', 'all', ['/data']));
  cluster.service.copier.copyMs = 60_000;
  await ask(stage(), 'terminate', { do: 'start', task: 'all', trigger: 'manual' });
  await untilFrozenFor(cluster, () => cluster.service.copier.calls!.copyPart > 0);
  await stage().client.workflow.getHandle(workflowIds.run('terminate')).terminate('by hand');
  await untilState(stage(), 'terminate', ({ tasks, running }) => tasks['all']!.status === 'Failed' && !running);
  expect(await views(cluster)).toEqual([]);
  expect(cluster.service.copier.calls!.clear).toBeGreaterThan(0);
  cluster.service.copier.copyMs = 0;
  expect(await run('terminate', 'all')).toMatchObject({ outcome: 'Successful' });
});

test('deleting a task gives up what it kept frozen, and its sets stay', async () => {
  const cluster = await served('delete');
  await put(dataFolderTask('delete', 'all', ['/data']));
  await run('delete', 'all');
  expect(await views(cluster)).toHaveLength(1);
  await ask(stage(), 'delete', { do: 'deleteTask', task: 'all' });
  await untilGone(cluster);
  expect(await setsOf(cluster)).toHaveLength(1);
});

describe('a deletion whose release does not get through,', () => {
  /** Backed up once, deleted and made anew; the release of what was deleted is tried again until the errors are taken away. */
  async function madeAnew(id: string): Promise<FakeCluster> {
    const cluster = await served(id);
    await put(dataFolderTask(id, 'all', ['/data']));
    await run(id, 'all');
    const [calls, refused]: [string[], Error[]] = [[], Array(100).fill(new BackupError('unavailable', 'try again'))];
    Object.assign(cluster.service.source, { calls, errors: { keepNewest: refused } });
    await ask(stage(), id, { do: 'deleteTask', task: 'all' });
    await untilFrozenFor(cluster, () => calls.includes('keepNewest'));
    await put(dataFolderTask(id, 'all', ['/data']));
    return cluster;
  }

  async function releaseOf(id: string) {
    const { tasks } = await stateOf(stage(), id);
    return stage().client.workflow.getHandle(workflowIds.releaseTask(id, 'all', tasks['all']!.creation));
  }

  test('leaves alone what the run of a task made anew in the same folder has frozen', async () => {
    const cluster = await madeAnew('anew');
    const { copier, source } = cluster.service;
    const [old] = await views(cluster);
    copier.copyMs = 60_000;
    const copies = copier.calls!.copyPart;
    await ask(stage(), 'anew', { do: 'start', task: 'all', trigger: 'manual' });
    await untilFrozenFor(cluster, () => copier.calls!.copyPart > copies);
    const [creation, { running }] = [old!.split('_')[1]!, await stateOf(stage(), 'anew')];
    source.errors = {};
    await (await releaseOf('anew')).result();
    expect(await views(cluster)).toEqual([`all_${creation}_${running!.label}`]);
    await ask(stage(), 'anew', { do: 'stop', task: 'all' });
    await untilGone(cluster);
  });

  test('gives way to the release of a later deletion, which takes all', async () => {
    const cluster = await madeAnew('twice');
    const handle = await releaseOf('twice');
    const { runId } = await handle.describe();
    await ask(stage(), 'twice', { do: 'deleteTask', task: 'all' });
    await until(async () => (await handle.describe()).runId !== runId);
    cluster.service.source.errors = {};
    await untilGone(cluster);
  });
});
