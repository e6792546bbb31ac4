import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resultOfRun } from '../../client/run-result';
import type { RunResult } from '../../model/run';
import type { BackupTask, ChosenSet, RestorationTask } from '../../model/task';
import type { RunningWorker } from '../../workers/run-worker';
import { until } from '../kit/pauses';
import { ask, type FakeCluster, fakeCluster, openStage, type Stage, stateOf, untilState, workFor } from '../kit/stage';

/** Runs of service data, with folders for HDFS: what the workflows decide, not what the servers do. */
let opened: Stage;
let worker: RunningWorker | undefined;

/** One Temporal for all tests of a file; a worker of its own for each. */
export function playOnOneStage(): void {
  beforeAll(async () => {
    opened = await openStage();
  });
  afterEach(async () => await stopWorker());
  afterAll(async () => {
    await opened?.close();
  });
}

export const stage = (): Stage => opened;

export async function work(cluster: FakeCluster): Promise<void> {
  worker = await workFor(cluster);
}

export async function stopWorker(): Promise<void> {
  await worker?.stop();
  worker = undefined;
}

export async function served(id: string): Promise<FakeCluster> {
  const cluster = await fakeCluster(opened, id);
  await write(cluster, '/data/one', 'one');
  await write(cluster, '/data/below/two', 'two');
  await work(cluster);
  return cluster;
}

export async function write({ service }: FakeCluster, path: string, text: string): Promise<void> {
  const file = join(service.hdfs, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
}

export const read = ({ service }: FakeCluster, path: string) => readFile(join(service.hdfs, path), 'utf8');

export async function put(task: BackupTask | RestorationTask): Promise<void> {
  expect(await ask(opened, task.cluster, { do: 'putTask', task })).toMatchObject({ accepted: true });
}

/** Starts a task and gives the record of its run, however it ends. */
export async function run(id: string, task: string): Promise<RunResult> {
  const key = `run-${id}-${task}-${Date.now()}`;
  expect(await ask(opened, id, { do: 'start', task, trigger: 'manual' }, key)).toMatchObject({ accepted: true });
  const { ended } = await untilState(opened, id, (state) => state.ended.some((one) => one.key === key));
  return (await resultOfRun(opened.client, id, ended.find((one) => one.key === key)!.runId!))!;
}

export async function setsOf({ service }: FakeCluster): Promise<string[]> {
  const folders = await readdir(service.remote);
  const sets = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(service.remote, folder, '.snapshot'))).map((label) => `${folder}/${label}`),
    ),
  );
  return sets.flat().sort();
}

export function chosen(cluster: FakeCluster, result: RunResult): ChosenSet {
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

export function restoration(cluster: FakeCluster, name: string, set: ChosenSet): RestorationTask {
  return { kind: 'restoration', name, cluster: cluster.id, sets: [set] };
}

export const views = ({ service }: FakeCluster) => readdir(join(service.hdfs, '.cairn', 'views')).catch(() => []);

export async function untilFrozenFor(cluster: FakeCluster, what: () => boolean): Promise<void> {
  await until(what);
  await stateOf(opened, cluster.id);
}

/** Nothing is frozen any more. */
export async function untilGone(cluster: FakeCluster): Promise<void> {
  await until(async () => (await views(cluster)).length === 0);
}
