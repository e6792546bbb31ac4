import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { noControl } from '../../model/control';
import type { ChosenSet, TargetSpec } from '../../model/task';
import { verifySet } from '../../sets/verify';
import {
  nameNodeTask,
  put,
  realCluster,
  restorationOf,
  setsOn,
  spawnRealWorker,
  treeOf,
  webHdfs,
} from '../kit/real-cluster';
import { ask, openStage, type Stage, untilState } from '../kit/stage';
import { assertNothingLeft } from './mounting';
import type { Nas, NasCase, Protocol } from './nas';
import { keepingSecret } from './secret-places';

const specs = {
  'NFS 4.1': { kind: 'nfs', server: '127.0.0.1', path: '/share', version: 4.1 },
  'SMB 3': {
    kind: 'cifs',
    server: '127.0.0.1',
    path: '/share',
    version: 3,
    username: 'backup-operator',
    passwordSecret: 'nas',
  },
} as const satisfies { readonly [protocol in Protocol]?: TargetSpec };

/** A real NameNode. No DataNode: directories are metadata enough, and one Java less is much there. */
async function nameNodeIn(folder: string): Promise<EmbeddedHdfs> {
  const hdfs = await createHdfs({ folder });
  await hdfs.format();
  await hdfs.startNameNode();
  return hdfs;
}

/** A cluster, and a worker of its own process that mounts the shares. */
async function clusterOn(stage: Stage, hdfs: EmbeddedHdfs, { work, mountPoints }: Nas) {
  const cluster = await realCluster(stage, { id: 'nas', hdfs });
  const secrets = { nas: { file: join(work, 'password'), servers: ['127.0.0.1'] } };
  const worker = await spawnRealWorker(stage, [cluster], { CAIRN_LOG: 'DEBUG' }, { secrets, mountPoints });
  return { id: cluster.id, worker };
}

async function runTask(stage: Stage, cluster: string, task: string): Promise<void> {
  const started = await ask(stage, cluster, { do: 'start', task, trigger: 'manual' });
  assert.equal(started.accepted, true, JSON.stringify(started));
  const ended = ({ tasks }: Awaited<ReturnType<typeof untilState>>) =>
    !['Waiting', 'Running'].includes(tasks[task]!.status);
  const { tasks, ended: runs } = await untilState(stage, cluster, ended);
  assert.equal(tasks[task]!.status, 'Successful', JSON.stringify(runs));
}

const [times, copies] = [3, 2];

/** Backs up so many times, and from each of the sets that are left brings back a NameNode that was lost. Answers the log. */
async function tell(stage: Stage, hdfs: EmbeddedHdfs, nas: Nas, protocol: keyof typeof specs): Promise<string> {
  const { id, worker } = await clusterOn(stage, hdfs, nas);
  try {
    const target = specs[protocol];
    const [source] = nameNodeTask(id).sources;
    await put(stage, { ...nameNodeTask(id), sources: [{ ...source!, target, copies }] });
    const trees: string[][] = [];
    for (let time = 1; time <= times; time += 1) {
      await webHdfs(hdfs).mkdirs(`/data/${time} ä`);
      trees.push(Object.keys(await treeOf(hdfs)));
      await runTask(stage, id, 'nn');
    }
    const sets = await setsOn(nas.open(protocol), target);
    assert.equal(sets.length, copies);
    for (const [n, set] of sets.entries()) {
      assert.deepEqual((await verifySet(nas.open(protocol), set.name, 'content', noControl())).problems, []);
      await bringBack(stage, hdfs, id, set);
      assert.deepEqual(Object.keys(await treeOf(hdfs)), trees[times - copies + n]);
    }
  } finally {
    await worker.stop();
  }
  return worker.log();
}

async function bringBack(stage: Stage, hdfs: EmbeddedHdfs, cluster: string, set: ChosenSet): Promise<void> {
  await hdfs.stopNameNode();
  await rm(join(hdfs.nameDir, 'current'), { recursive: true });
  await put(stage, restorationOf(cluster, `back-${set.label}`, [set]));
  await runTask(stage, cluster, `back-${set.label}`);
  await hdfs.startNameNode();
}

export const storyCases: readonly NasCase[] = (['NFS 4.1', 'SMB 3'] as const).map((protocol) => ({
  name: `${protocol}: a real NameNode, backed up three times, pruned to two sets, lost, and brought back from each`,
  run: async (nas) => {
    const stage = await openStage();
    const hdfs = await nameNodeIn(join(stage.folder, 'hdfs'));
    try {
      const telling = () => tell(stage, hdfs, nas, protocol);
      await (protocol === 'SMB 3' ? keepingSecret(stage, nas, telling) : telling());
    } finally {
      await hdfs.stop();
      await stage.close();
    }
    await nas.closeAll();
    await assertNothingLeft(nas);
    assert.deepEqual(await readdir(nas.mountPoints), []);
  },
}));
