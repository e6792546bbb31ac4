import { randomFillSync } from 'node:crypto';
import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import type { TargetSpec } from '../../model/task';
import { simpleLogin } from '../../servers/login';
import { listSets } from '../../sets/list';
import { verifySet } from '../../sets/verify';
import { openHdfsTarget } from '../../targets/hdfs';
import { openLocalDir } from '../../targets/local-dir';
import { attemptsOf } from '../kit/history';
import {
  endOfRun,
  filesBelow,
  openRealStage,
  pause,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  spawnRealWorker,
  spoolOf,
  webHdfs,
} from '../kit/real-cluster';
import { randomFrom, tellSeed } from '../kit/seed';
import { ask, untilState } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';

/** A worker that is killed while it uploads an archive of 300 MiB: the next one on its host goes on, by itself. */
const MiB = 1024 * 1024;
const archiveBytes = 300 * MiB;
const random = randomFrom(tellSeed());
let stage: RealStage;
let cluster: RealCluster;
let archived: string;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openRealStage();
  const { hdfs } = stage;
  cluster = await realCluster(stage, { id: '1', hdfs, settings: { heartbeatSeconds: 15 } });
  const remoteHdfs = { haclusterX: { nameNodes: [hdfs.httpAddress], uri: hdfs.uri } };
  cluster = { ...cluster, config: { ...cluster.config, remoteHdfs } };
  archived = join(stage.folder, 'archived');
  await mkdir(archived);
  for (const name of ['1', '2', '3']) await writeFile(join(archived, name), randomFillSync(Buffer.alloc(100 * MiB)));
  worker = await startWorker();
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

const startWorker = () => spawnRealWorker(stage, [cluster], {}, {}, archived);

const places: Record<
  string,
  { target: TargetSpec; storedBytes(): Promise<number>; open(): ReturnType<typeof openLocalDir> }
> = {
  localDir: {
    target: { kind: 'localDir' },
    open: () => openLocalDir({ root: cluster.localBackup }),
    async storedBytes() {
      const parts = (await filesBelow(cluster.localBackup)).filter((name) => name.includes('.cairn-part-'));
      const sizes = parts.map((name) =>
        stat(join(cluster.localBackup, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      );
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
  },
  remoteHdfs: {
    target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
    open: () =>
      openHdfsTarget({
        hdfs: { nameService: 'haclusterX', uri: stage.hdfs.uri, nameNodes: [stage.hdfs.httpAddress] },
        path: '/backup',
        login: simpleLogin({ user: 'root' }),
      }),
    storedBytes: async () => {
      const files = (await hdfsFiles()).filter(({ path }) => path.includes('.cairn-part-'));
      return files.reduce((sum, { bytes }) => sum + bytes, 0);
    },
  },
};

async function hdfsFiles(folder = '/backup'): Promise<{ path: string; bytes: number }[]> {
  const found: { path: string; bytes: number }[] = [];
  const dfs = webHdfs(stage.hdfs);
  if ((await dfs.status(folder)) === undefined) return found;
  for await (const { name, type, bytes } of dfs.list(folder)) {
    const path = `${folder}/${name}`;
    if (type === 'directory') found.push(...(await hdfsFiles(path).catch(() => [])));
    else found.push({ path, bytes });
  }
  return found;
}

async function begin(task: string): Promise<string> {
  const key = `start-${task}`;
  expect(await ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' }, key)).toMatchObject({ accepted: true });
  return key;
}

/** Starts a backup and kills its worker once so many bytes of the archive are seen on the target; answers how many. */
async function killInUpload(task: string, place: string, bytes: number): Promise<{ key: string; stored: number }> {
  const { target, storedBytes } = places[place]!;
  const entry = { source: 'nameNode' as const };
  const sources = [{ source: 'nameNode' as const, entry, copies: 24, target }];
  await put(stage, { kind: 'backup', name: task, cluster: cluster.id, mode: 'manual', sources });
  const key = await begin(task);
  while ((await storedBytes()) < bytes) await pause(5);
  await worker.kill();
  await pause(500);
  return { key, stored: await storedBytes() };
}

/** From where the worker that runs now has asked for an archive. */
const asked = () => [...worker.log().matchAll(/\.tar\.gz FROM (\d+)/g)].map(([, from]) => Number(from));

/** Unfinished uploads on any target, and whatever lies in the spool. */
async function remains(): Promise<string[]> {
  const spooled = (await readdir(spoolOf(stage), { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  const onTargets = [...(await filesBelow(cluster.localBackup)), ...(await hdfsFiles()).map(({ path }) => path)];
  return [...onTargets.filter((name) => name.includes('.cairn-part-')), ...spooled.map(({ name }) => name)];
}

async function newestVerifies(task: string, place: string): Promise<void> {
  const target = places[place]!.open();
  const names: string[] = [];
  for await (const set of listSets(target, '')) if (set.name.includes(`${task}_`)) names.push(set.name);
  expect(names).toHaveLength(1);
  expect(await verifySet(target, names[0]!, 'content', noControl())).toMatchObject({ problems: [] });
}

test.each(['localDir', 'remoteHdfs'])('to %s: at most 64 MiB are sent again, and nothing is left', async (place) => {
  const task = `to-${place}`;
  const { key, stored } = await killInUpload(task, place, Math.floor((0.1 + 0.6 * random()) * archiveBytes));
  worker = await startWorker();
  expect(await endOfRun(stage, cluster.id, key)).toMatchObject({ outcome: 'Successful' });
  process.stdout.write(`${task}: ${stored} bytes were there, and the next worker went on from ${asked().join(', ')}\n`);
  const [from, ...more] = asked();
  expect(more).toEqual([]);
  expect(stored - from!).toBeLessThanOrEqual(64 * MiB);
  await newestVerifies(task, place);
  expect(await remains()).toEqual([]);
  // Neither the dump nor the archive was made again.
  expect(new Set(await attemptsOf(stage.client, 'dumpSource'))).toEqual(new Set([1]));
  expect(new Set(await attemptsOf(stage.client, 'archiveDump'))).toEqual(new Set([1]));
  expect(await attemptsOf(stage.client, 'storeArchive')).toContain(2);
});

test('what is found on the target is not believed: where other bytes lie, all is sent once more', async () => {
  const { key } = await killInUpload('harmed', 'localDir', 120 * MiB);
  const [part] = (await filesBelow(cluster.localBackup)).filter((name) => name.includes('.cairn-part-'));
  const handle = await open(join(cluster.localBackup, part!), 'r+');
  await handle.write(Buffer.alloc(1, 'x'), 0, 1, 10 * MiB);
  await handle.write(Buffer.alloc(1, 'y'), 0, 1, 11 * MiB);
  await handle.close();
  worker = await startWorker();
  expect(await endOfRun(stage, cluster.id, key)).toMatchObject({ outcome: 'Successful' });
  expect(asked()).toEqual([expect.any(Number), 0]);
  expect(asked()[0]).toBeGreaterThan(10 * MiB);
  await newestVerifies('harmed', 'localDir');
  expect(await remains()).toEqual([]);
});

test('a run that is stopped then leaves nothing either', async () => {
  const { key } = await killInUpload('stopped', 'remoteHdfs', 64 * MiB);
  expect(await remains()).not.toEqual([]);
  worker = await startWorker();
  expect(await ask(stage, cluster.id, { do: 'stop', task: 'stopped' })).toMatchObject({ accepted: true });
  const { ended } = await untilState(stage, cluster.id, (state) => state.ended.some((one) => one.key === key));
  expect(ended.find((one) => one.key === key)).toMatchObject({ outcome: 'Stopped' });
  expect(await remains()).toEqual([]);
});
