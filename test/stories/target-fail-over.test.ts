import { randomFillSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import type { TargetSpec } from '../../model/task';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';
import { verifySet } from '../../sets/verify';
import { openHdfsTarget } from '../../targets/hdfs';
import {
  endOfRun,
  filesBelow,
  openRealStage,
  pause,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  setsOn,
  spawnRealWorker,
  spoolOf,
} from '../kit/real-cluster';
import { ask } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';
import { type HaHdfs, startHaHdfs } from '../servers/ha-hdfs';

/** Whole runs to an HDFS of two NameNodes, of which the active one is killed while the archive is uploaded. */
const MiB = 1024 * 1024;
const archived = { files: 3, bytes: 60 * MiB };
const target: TargetSpec = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' };
const login = simpleLogin({ user: 'root' });
let stage: RealStage;
let ha: HaHdfs;
let cluster: RealCluster;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openRealStage();
  ha = await startHaHdfs();
  const made = await realCluster(stage, { id: '1', hdfs: stage.hdfs });
  const { nameNodes, uri } = ha.address;
  cluster = { ...made, config: { ...made.config, remoteHdfs: { haclusterX: { nameNodes, uri } } } };
  const folder = join(stage.folder, 'archived');
  await mkdir(folder);
  for (let n = 0; n < archived.files; n += 1)
    await writeFile(join(folder, `${n}`), randomFillSync(Buffer.alloc(archived.bytes)));
  worker = await spawnRealWorker(stage, [cluster], {}, {}, folder);
});

afterAll(async () => {
  await worker?.kill();
  await ha?.end();
  await stage?.close();
});

/** Of everything on the target, also of what is not whole yet. */
async function storedBytes(): Promise<number> {
  const dfs = openWebHdfs(ha.address.nameNodes, login);
  const isThere = (await dfs.status('/backup')) !== undefined;
  return isThere ? (await dfs.contentSummary('/backup')).bytes : 0;
}

test('a run whose target fails over in the middle of its upload ends well by itself, and so does the next one', async () => {
  const entry = { source: 'nameNode' as const };
  const sources = [{ source: 'nameNode' as const, entry, copies: 24, target }];
  await put(stage, { kind: 'backup', name: 'daily', cluster: '1', mode: 'manual', sources });
  const start = async (key: string) =>
    expect(await ask(stage, '1', { do: 'start', task: 'daily', trigger: 'manual' }, key)).toMatchObject({
      accepted: true,
    });
  await start('first');
  while ((await storedBytes()) < 50 * MiB) await pause(20);
  await ha.failOver();
  expect(await endOfRun(stage, '1', 'first')).toMatchObject({ outcome: 'Successful' });
  await start('second');
  expect(await endOfRun(stage, '1', 'second')).toMatchObject({ outcome: 'Successful' });

  await using place = openHdfsTarget({ hdfs: ha.address, path: '/backup', login });
  const sets = await setsOn(place, target);
  expect(sets).toHaveLength(2);
  for (const { name } of sets)
    expect(await verifySet(place, name, 'content', noControl())).toMatchObject({ problems: [] });
  const names: string[] = [];
  for await (const { name } of place.list('')) names.push(name);
  expect(names).toHaveLength(2 * 2);
  expect(await filesBelow(spoolOf(stage))).toEqual([]);
});
