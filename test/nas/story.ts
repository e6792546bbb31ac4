import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chosenSet } from '../../client/choose-sets';
import { workerConfigSchema } from '../../model/config';
import { noControl } from '../../model/control';
import type { ChosenSet, TargetSpec } from '../../model/task';
import { isDamaged, listSets } from '../../sets/list';
import { verifySet } from '../../sets/verify';
import { createPlugins } from '../../workers/plugins';
import { histories, textsOf } from '../kit/history';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  untilState,
  workFor,
} from '../kit/stage';
import { assertNothingLeft } from './mounting';
import type { Nas, NasCase, Protocol } from './nas';

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

/** A worker's plug-ins as its configuration says, but for the source, which is a folder. */
async function clusterOn(stage: Stage, { work, mountPoints }: Nas): Promise<FakeCluster> {
  const cluster = await fakeCluster(stage, 'nas');
  const secrets = { nas: { file: join(work, 'password'), servers: ['127.0.0.1'] } };
  const config = workerConfigSchema.parse({ ...cluster.config, secrets, mountPoints });
  const real = createPlugins(config);
  return { ...cluster, config, plugins: { ...cluster.plugins, facts: real.facts, openTarget: real.openTarget } };
}

async function runTask(stage: Stage, cluster: string, task: string): Promise<void> {
  const started = await ask(stage, cluster, { do: 'start', task, trigger: 'manual' });
  assert.equal(started.accepted, true, JSON.stringify(started));
  const ended = ({ tasks }: Awaited<ReturnType<typeof untilState>>) =>
    !['Waiting', 'Running'].includes(tasks[task]!.status);
  const { tasks, ended: runs } = await untilState(stage, cluster, ended, 300_000);
  assert.equal(tasks[task]!.status, 'Successful', JSON.stringify(runs));
}

async function setsOn(nas: Nas, protocol: Protocol, target: TargetSpec): Promise<ChosenSet[]> {
  const sets: ChosenSet[] = [];
  for await (const set of listSets(nas.open(protocol), ''))
    if (!isDamaged(set)) sets.push(chosenSet({ ...set, target }));
  return sets.sort((one, other) => (one.label < other.label ? -1 : 1));
}

/** Backs up twice with one copy, loses the data, and restores what the second run took. Few runs: everything is slow there. */
async function tell(stage: Stage, nas: Nas, protocol: keyof typeof specs): Promise<void> {
  const cluster = await clusterOn(stage, nas);
  const worker = await workFor(cluster);
  const target = specs[protocol];
  const [source] = folderTask(cluster.id).sources;
  const task = { ...folderTask(cluster.id), sources: [{ ...source!, target, copies: 1 }] };
  assert.equal((await ask(stage, cluster.id, { do: 'putTask', task })).accepted, true);
  for (const content of ['first', 'second']) {
    await writeFile(join(cluster.data, 'image'), content);
    await runTask(stage, cluster.id, task.name);
  }
  const sets = await setsOn(nas, protocol, target);
  assert.equal(sets.length, 1);
  const { problems } = await verifySet(nas.open(protocol), sets[0]!.name, 'content', noControl());
  assert.deepEqual(problems, []);
  await writeFile(join(cluster.data, 'image'), 'lost');
  const back = { kind: 'restoration', name: 'back', cluster: cluster.id, sets } as const;
  assert.equal((await ask(stage, cluster.id, { do: 'putTask', task: back })).accepted, true);
  await runTask(stage, cluster.id, 'back');
  assert.equal(await readFile(join(cluster.data, 'image'), 'utf8'), 'second');
  await worker.stop();
}

async function assertSecretIsKept(stage: Stage, { password }: Nas): Promise<void> {
  let looked = 0;
  for await (const { workflowId, events } of histories(stage.client)) {
    looked += events.length;
    assert.ok(!textsOf(events).some((text) => text.includes(password)), `${workflowId} tells the password`);
  }
  assert.ok(looked > 50);
}

export const storyCases: readonly NasCase[] = (['NFS 4.1', 'SMB 3'] as const).map((protocol) => ({
  name: `${protocol}: backed up twice, pruned to one set, lost, and restored by a real worker`,
  run: async (nas) => {
    const stage = await openStage();
    try {
      await tell(stage, nas, protocol);
      await assertSecretIsKept(stage, nas);
    } finally {
      await stage.close();
    }
    await nas.closeAll();
    await assertNothingLeft(nas);
    assert.deepEqual(await readdir(nas.mountPoints), []);
  },
}));
