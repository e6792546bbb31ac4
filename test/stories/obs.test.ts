import { randomBytes } from 'node:crypto';
import { noControl } from '../../model/control';
import type { BackupTask, ChosenSet, TargetSpec } from '../../model/task';
import { verifySet } from '../../sets/verify';
import { openObs, type ObsOptions } from '../../targets/obs';
import { smallHistories, histories, textsOf } from '../kit/history';
import {
  bringBackNameNode,
  filesBelow,
  fill,
  nameNodeTask,
  openRealStage,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  runTask,
  setsOn,
  spawnRealWorker,
  spoolOf,
  treeOf,
} from '../kit/real-cluster';
import { type HttpProxy, startHttpProxy } from '../kit/http-proxy';
import { everythingIn, newBucket, remainsIn } from '../kit/s3';
import type { WorkerChild } from '../kit/worker-child';
import { type SeaweedFs, startSeaweedFs } from '../servers/seaweedfs';

const canary = `canary-${randomBytes(12).toString('hex')}`;
let stage: RealStage;
let cluster: RealCluster;
let worker: WorkerChild;
let weed: SeaweedFs;
let plain: ObsOptions;
let locking: ObsOptions;

beforeAll(async () => {
  weed = await startSeaweedFs(canary);
  plain = { ...(await newBucket(weed)), path: 'backup/cairn' };
  locking = { ...(await newBucket(weed, { objectLock: true })), path: 'backup/cairn' };
  stage = await openRealStage();
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs, settings: { attempts: 2 } });
  await fill(stage.hdfs, '/data', 8);
  const secrets = {
    storeKey: { env: 'CAIRN_STORE_KEY', servers: ['127.0.0.1'] },
    foreignKey: { env: 'CAIRN_STORE_KEY', servers: ['elsewhere.example.org'] },
  };
  worker = await spawnRealWorker(stage, [cluster], { CAIRN_STORE_KEY: canary, CAIRN_LOG: 'DEBUG' }, { secrets });
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
  await weed?.end();
});

const target = ({ endpoint, region, bucket, path }: ObsOptions, more: object = {}): TargetSpec => ({
  kind: 'obs',
  endpoint,
  region,
  bucket,
  path,
  addressing: 'path',
  accessKeyId: weed.accessKeyId,
  secretKeySecret: 'storeKey',
  ...more,
});

function taskTo(to: TargetSpec, name: string, copies: number): BackupTask {
  const task = nameNodeTask(cluster.id, name, copies);
  return { ...task, sources: task.sources.map((source) => ({ ...source, target: to })) };
}

async function backUp(task: string): Promise<{ set: string; notes: readonly string[] }> {
  const result = await runTask(stage, cluster.id, task);
  expect(result).toMatchObject({ outcome: 'Successful' });
  return { set: result.parts[0]!.set!, notes: result.parts.flatMap(({ notes = [] }) => notes) };
}

const namesOf = (sets: readonly ChosenSet[]) => sets.map(({ name }) => name);

test('NameNode metadata is backed up three times, pruned to two, lost, and restored', async () => {
  const written = target(plain);
  await put(stage, taskTo(written, 'nn', 2));
  const made = [await backUp('nn'), await backUp('nn'), await backUp('nn')];
  expect(made.flatMap(({ notes }) => notes)).toEqual([]);
  const obs = openObs(plain);
  const sets = await setsOn(obs, written);
  expect(namesOf(sets)).toEqual(made.slice(1).map(({ set }) => set));
  for (const { name } of sets)
    expect(await verifySet(obs, name, 'content', noControl())).toMatchObject({ problems: [] });
  expect(await everythingIn(weed, plain)).toHaveLength(2 * 2);
  expect(await remainsIn(weed, plain)).toEqual([]);
  expect(await filesBelow(spoolOf(stage))).toEqual([]);

  const before = await treeOf(stage.hdfs);
  for (const [n, set] of sets.entries()) {
    await bringBackNameNode(stage, cluster.id, `back-${n}`, set);
    expect(await treeOf(stage.hdfs)).toEqual(before);
  }
});

test('a locked set stays beyond the copies: the run is successful and says so', async () => {
  const written = target(locking, { objectLock: { mode: 'governance', days: 1 } });
  await put(stage, taskTo(written, 'locked', 1));
  const first = await backUp('locked');
  const second = await backUp('locked');
  expect(first.notes).toEqual([]);
  expect(second.notes).toEqual([expect.stringMatching(/stay because they are locked: .* until 20/)]);
  expect(second.notes[0]).toContain(first.set);
  const obs = openObs(locking);
  expect(namesOf(await setsOn(obs, written))).toEqual([first.set, second.set]);
  expect(await verifySet(obs, first.set, 'content', noControl())).toMatchObject({ problems: [] });
});

test('where nothing can be locked there is no set that would stand for a locked one, and nothing is left', async () => {
  const unlocked = { ...plain, path: 'backup/unlocked' };
  await put(stage, taskTo(target(unlocked, { objectLock: { mode: 'governance', days: 1 } }), 'unlocked', 1));
  const result = await runTask(stage, cluster.id, 'unlocked');
  expect(result).toMatchObject({ outcome: 'Failed', parts: [{ source: 'nameNode' }] });
  expect(result.reason).toMatch(/could not lock .*\.tar\.gz/);
  expect(await everythingIn(weed, unlocked)).toEqual([]);
  expect(await remainsIn(weed, unlocked)).toEqual([]);
});

describe('a store that is away', () => {
  let proxy: HttpProxy;
  const away = () => ({ ...plain, path: 'backup/away' });
  beforeAll(async () => {
    proxy = await startHttpProxy(weed.port);
    await put(stage, taskTo(target(away(), { endpoint: `http://127.0.0.1:${proxy.port}` }), 'away', 3));
  });
  afterAll(() => proxy.close());
  /** Answers so many requests that would change something as a store does that is just starting. */
  const refuse = (times: number) => {
    let left = times;
    proxy.fault = ({ method }) => (method !== 'GET' && left-- > 0 ? { answer: { status: 503 } } : undefined);
  };

  test('and comes back while it is tried again: the run is successful', async () => {
    refuse(1);
    const { set } = await backUp('away');
    expect(await verifySet(openObs(away()), set, 'content', noControl())).toMatchObject({ problems: [] });
  });

  test('for longer: the run fails, sets stand as they were, and the next run is successful', async () => {
    const before = await everythingIn(weed, away());
    refuse(Infinity);
    expect(await runTask(stage, cluster.id, 'away')).toMatchObject({
      outcome: 'Failed',
      parts: [{ errorKind: 'unavailable' }],
    });
    proxy.fault = () => undefined;
    expect(await everythingIn(weed, away())).toEqual(before);
    const { set } = await backUp('away');
    expect(await verifySet(openObs(away()), set, 'content', noControl())).toMatchObject({ problems: [] });
    expect(await everythingIn(weed, away())).toHaveLength(before.length * 2);
    expect(await remainsIn(weed, away())).toEqual([]);
  });
});

describe('a store that gives back other bytes than it was sent', () => {
  let proxy: HttpProxy;
  beforeAll(async () => {
    proxy = await startHttpProxy(weed.port);
    await put(stage, taskTo(target(stale(), { endpoint: `http://127.0.0.1:${proxy.port}` }), 'stale', 1));
  });
  afterAll(() => proxy.close());
  const stale = () => ({ ...plain, path: 'backup/stale' });
  /** So often an archive is read as what it was before. */
  const before = (times: number) => {
    let left = times;
    proxy.fault = ({ method, path }) =>
      method === 'GET' && /\.tar\.gz\?/.test(path) && !path.includes('prefix=') && left-- > 0
        ? { rewrite: ({ status, body }) => ({ status, body: Buffer.alloc(body.length) }) }
        : undefined;
  };

  test('once: all is sent anew, and the set is right', async () => {
    before(1);
    const { set } = await backUp('stale');
    expect(await verifySet(openObs(stale()), set, 'content', noControl())).toMatchObject({ problems: [] });
  });

  test('again and again: there is no set, and nothing is left', async () => {
    const sets = await everythingIn(weed, stale());
    before(Infinity);
    const result = await runTask(stage, cluster.id, 'stale');
    expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'corrupt' }] });
    expect(await everythingIn(weed, stale())).toEqual(sets);
    expect(await remainsIn(weed, stale())).toEqual([]);
  });
});

test('a secret is shown to no server that its worker did not mean', async () => {
  await put(stage, taskTo(target(plain, { secretKeySecret: 'foreignKey' }), 'foreign', 1));
  const result = await runTask(stage, cluster.id, 'foreign');
  expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'denied' }] });
  expect(result.reason).toContain('secret "foreignKey" is not for 127.0.0.1');
});

test('a bucket that is not there fails the run, and says what to do', async () => {
  await put(stage, taskTo(target({ ...plain, bucket: 'is-not-there' }), 'nowhere', 1));
  const result = await runTask(stage, cluster.id, 'nowhere');
  expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'precondition' }] });
  expect(result.reason).toMatch(/NoSuchBucket.*HINT: make the bucket/);
});

test('the secret key stands in no history, no log and nothing that was stored; histories are small', async () => {
  const texts: string[] = [worker.log()];
  for await (const { events } of histories(stage.client)) texts.push(...events.flatMap(textsOf));
  for (const key of await everythingIn(weed, plain)) {
    const name = key.slice(plain.path.length + 1);
    if (name.endsWith('.gz')) continue;
    for await (const chunk of await openObs(plain).get(name)) texts.push(String(chunk));
  }
  expect(texts.some((text) => text.includes(plain.bucket))).toBe(true);
  expect(texts.filter((text) => text.includes(canary))).toEqual([]);
  expect(await smallHistories(stage.client)).toBeGreaterThan(5);
});
