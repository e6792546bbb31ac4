import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../model/errors';
import type { ChosenSet } from '../../model/task';
import { ask, dataFolderTask, fakeCluster, stateOf, taskAlarms, untilState } from '../kit/stage';
import {
  chosen,
  playOnOneStage,
  put,
  read,
  restoration,
  run,
  served,
  stage,
  stopWorker,
  untilFrozenFor,
  work,
  write,
} from './data-ground';

playOnOneStage();

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
  const before = await fakeCluster(stage(), 'versions', {}, { version: '3.2.0' });
  await write(before, '/data/one', 'one');
  await work(before);
  await put(dataFolderTask('versions', 'all', ['/data']));
  const set = { ...chosen(before, await run('versions', 'all')), productVersion: '3.2.0' };
  await stopWorker();
  const after = await fakeCluster(stage(), 'versions');
  await work(after);
  await untilState(stage(), 'versions', ({ cluster }) => cluster.version === '3.3.0');
  await write(after, '/data/one', 'changed');
  const order = { do: 'putTask', task: restoration(after, 'restore', set) } as const;
  expect(await ask(stage(), 'versions', order)).toMatchObject({ refusal: 'invalid' });
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
  expect(taskAlarms(await stateOf(stage(), 'alarm'))).toMatchObject([{ id: '12035', task: 'restore' }]);
  cluster.service.source.errors = { forget: [new BackupError('denied', 'made to fail')] };
  const result = await run('alarm', 'restore');
  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ notes: [expect.stringContaining('kept')] }] });
  expect(taskAlarms(await stateOf(stage(), 'alarm'))).toEqual([]);
});

test('a stopped restoration is brought back to the state before', async () => {
  const cluster = await served('stop-back');
  await put(dataFolderTask('stop-back', 'all', ['/data']));
  const set = chosen(cluster, await run('stop-back', 'all'));
  await rm(join(cluster.service.hdfs, 'data'), { recursive: true });
  await put(restoration(cluster, 'restore', set));
  cluster.service.source.adoptMs = 60_000;
  await ask(stage(), 'stop-back', { do: 'start', task: 'restore', trigger: 'manual' });
  await untilFrozenFor(cluster, () => cluster.service.source.calls!.includes('adopt'));
  await ask(stage(), 'stop-back', { do: 'stop', task: 'restore' });
  await untilState(stage(), 'stop-back', ({ tasks }) => tasks['restore']!.status === 'Stopped');
  expect(await readdir(cluster.service.hdfs)).toEqual(['.cairn']);
  cluster.service.source.adoptMs = 0;
  expect(await run('stop-back', 'restore')).toMatchObject({ outcome: 'Successful' });
  expect(await read(cluster, '/data/below/two')).toBe('two');
});
