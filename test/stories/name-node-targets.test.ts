import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { noControl } from '../../model/control';
import { workflowIds } from '../../model/names';
import type { BackupTarget } from '../../model/target';
import type { TargetSpec } from '../../model/task';
import { simpleLogin } from '../../servers/login';
import { verifySet } from '../../sets/verify';
import { openHdfsTarget } from '../../targets/hdfs';
import { openLocalDir } from '../../targets/local-dir';
import { until } from '../kit/pauses';
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
import type { WorkerChild } from '../kit/worker-child';

/** NameNode metadata to the targets that need no server of their own kind; the others have stories beside this. */
let stage: RealStage;
let cluster: RealCluster;
let remote: EmbeddedHdfs;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openRealStage();
  remote = await createHdfs({ folder: join(stage.folder, 'remote'), nameService: 'haclusterX' });
  await remote.start();
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs, settings: { attempts: 3 } });
  const remoteHdfs = { haclusterX: { nameNodes: [remote.httpAddress], uri: remote.uri } };
  cluster = { ...cluster, config: { ...cluster.config, remoteHdfs } };
  await fill(stage.hdfs, '/data', 8);
  worker = await spawnRealWorker(stage, [cluster]);
});

afterAll(async () => {
  await worker?.kill();
  await remote?.stop();
  await stage?.close();
});

interface Place {
  readonly written: TargetSpec;
  open(): BackupTarget;
  /** It is gone, with nothing lost. */
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
}

const away = () => `${cluster.localBackup}-away`;
const places: Record<string, Place> = {
  localDir: {
    written: { kind: 'localDir' },
    open: () => openLocalDir({ root: cluster.localBackup }),
    takeAway: () => rename(cluster.localBackup, away()),
    bringBack: () => rename(away(), cluster.localBackup),
  },
  remoteHdfs: {
    written: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
    open: () =>
      openHdfsTarget({
        hdfs: { nameService: 'haclusterX', uri: remote.uri, nameNodes: [remote.httpAddress] },
        path: '/backup',
        login: simpleLogin({ user: 'root' }),
      }),
    takeAway: () => remote.stopNameNode(),
    async bringBack() {
      await remote.startNameNode();
      await remote.waitUntilServing();
    },
  },
};

async function backUp(task: string): Promise<string> {
  const result = await runTask(stage, cluster.id, task);
  expect(result).toMatchObject({ outcome: 'Successful' });
  expect(result.parts.flatMap(({ notes = [] }) => notes)).toEqual([]);
  return result.parts[0]!.set!;
}

describe.each(Object.keys(places))('%s', (kind) => {
  const { written, open, takeAway, bringBack } = places[kind]!;
  const name = `to-${kind}`;

  beforeAll(async () => {
    const task = nameNodeTask(cluster.id, name, 2);
    await put(stage, { ...task, sources: task.sources.map((source) => ({ ...source, target: written })) });
  });

  test('NameNode metadata is backed up three times, pruned to two, lost, and restored from each', async () => {
    const made = [await backUp(name), await backUp(name), await backUp(name)];
    const sets = (await setsOn(open(), written)).filter((set) => set.name.includes(name));
    expect(sets.map((set) => set.name)).toEqual(made.slice(1));
    for (const set of sets)
      expect(await verifySet(open(), set.name, 'content', noControl())).toMatchObject({ problems: [] });
    expect(await filesBelow(spoolOf(stage))).toEqual([]);
    const before = await treeOf(stage.hdfs);
    for (const [n, set] of sets.entries()) {
      await bringBackNameNode(stage, cluster.id, `${name}-${n}`, set);
      expect(await treeOf(stage.hdfs)).toEqual(before);
    }
  });

  test('while the target is away a run fails; once it is back all sets stand, and the next run is successful', async () => {
    const listed = async () =>
      (await setsOn(open(), written)).map((set) => set.name).filter((one) => one.includes(name));
    const before = await listed();
    await takeAway();
    const result = await runTask(stage, cluster.id, name);
    expect(result).toMatchObject({ outcome: 'Failed', parts: [{ source: 'nameNode', errorKind: 'unavailable' }] });
    await bringBack();
    expect(await listed()).toEqual(before);
    const set = await backUp(name);
    expect(await listed()).toEqual([...before.slice(1), set]);
    expect(await verifySet(open(), set, 'content', noControl())).toMatchObject({ problems: [] });
  });
});

test('a LocalBackup that comes back while it is tried again costs the run nothing but time', async () => {
  const { takeAway, bringBack } = places['localDir']!;
  await takeAway();
  const ended = runTask(stage, cluster.id, 'to-localDir');
  await untilTriedAgain();
  await bringBack();
  expect(await ended).toMatchObject({ outcome: 'Successful' });
});

async function untilTriedAgain(): Promise<void> {
  const part = stage.client.workflow.getHandle(workflowIds.part(cluster.id, 'nameNode'));
  await until(async () => {
    const { raw } = await part.describe().catch(() => ({ raw: undefined }));
    return raw?.pendingActivities?.some(({ attempt }) => Number(attempt) > 1) === true ? true : undefined;
  });
}
