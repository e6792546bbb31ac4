import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { Runtime } from '@temporalio/worker';
import { type Cairn, openCairn } from '../../client';
import { createHdfs } from '../../embedded/hdfs';
import { folderOf, namesOf } from '../../sets/layout';
import { readMetadataManifest } from '../../sets/manifest';
import { backupPath, dataCluster, dataOf, dataTask, openRemote, remote } from '../kit/data-cluster';
import {
  fill,
  put,
  type RealCluster,
  runTask,
  spawnRealWorker,
  spoolOf,
  webHdfs,
  filesBelow,
} from '../kit/real-cluster';
import { openStage, type Stage, untilEnded } from '../kit/stage';
import { openTwoClusters, type TwoClusters } from '../kit/two-clusters';
import type { WorkerChild } from '../kit/worker-child';

/** What somebody else does to the directories that are backed up; and what cairn refuses to begin with. */
let stage: Stage;
let clusters: TwoClusters;
let cluster: RealCluster;
let worker: WorkerChild;
let cairn: Cairn;

beforeAll(async () => {
  stage = await openStage();
  clusters = await openTwoClusters({ properties: await keysForZones(join(stage.folder, 'keys')) });
  cluster = await dataCluster(stage, '1', clusters);
  worker = await spawnRealWorker(stage, [cluster]);
  cairn = await openCairn({ address: stage.temporal.address });
});

afterAll(async () => {
  await cairn?.close();
  await worker?.kill();
  await clusters?.close();
  await stage?.close();
  await Runtime.instance().shutdown();
});

/** A NameNode reads a file of keys once, when it starts: so it is made by the commands of one that never does. */
async function keysForZones(folder: string): Promise<Record<string, string>> {
  const properties = { 'hadoop.security.key.provider.path': `jceks://file${folder}/keys.jceks` };
  const { hadoop } = await createHdfs({ folder, properties });
  await hadoop('key', 'create', 'key-of-zones');
  return properties;
}

const dfs = () => webHdfs(clusters.source);

async function backUp(task: string): Promise<string> {
  const result = await runTask(stage, '1', task);
  expect(result).toMatchObject({ outcome: 'Successful' });
  return result.label;
}

/** A run that fails for this reason, and leaves nothing anywhere. */
async function refused(task: string, errorKind: string, reason: RegExp): Promise<void> {
  const before = await traces();
  const result = await runTask(stage, '1', task);
  expect(result).toMatchObject({
    outcome: 'Failed',
    parts: [{ errorKind, reason: expect.stringMatching(reason) as string }],
  });
  expect(await traces()).toEqual(before);
}

/** Everything that a run makes: what may have snapshots, and which; folders of sets; what is in the spool. */
async function traces(): Promise<object> {
  const snapshots = [clusters.source, clusters.remote].map(async (hdfs) => {
    const directories = await webHdfs(hdfs).snapshottableDirectories();
    return await Promise.all(directories.map(async ({ path }) => [path, await webHdfs(hdfs).snapshotsOf(path)]));
  });
  const folders: string[] = [];
  if ((await webHdfs(clusters.remote).status(backupPath)) !== undefined)
    for await (const { name } of webHdfs(clusters.remote).list(backupPath)) folders.push(name);
  return { snapshots: await Promise.all(snapshots), folders, spooled: await filesBelow(spoolOf(stage)) };
}

/** Labels of the sets that people see, after each was read to its last byte. */
async function soundSets(task: string): Promise<string[]> {
  const sets = await cairn.sets({ task });
  for (const { name, problems } of await cairn.verify({ task }))
    expect({ name, problems }).toEqual({ name, problems: [] });
  return sets.map(({ label }) => label);
}

test('HDFS renames no directory that has a recovery point; without one it is missing until it is back', async () => {
  await fill(clusters.source, '/guarded', 8);
  await fill(clusters.source, '/loose', 8);
  await put(stage, dataTask('1', 'guarded', ['/guarded']));
  await put(stage, dataTask('1', 'loose', ['/loose'], { recoveryPoints: 0 }));
  await backUp('guarded');
  const first = await backUp('loose');
  await expect(dfs().rename('/guarded', '/moved')).rejects.toMatchObject({ kind: 'conflict' });
  await expect(dfs().remove('/guarded')).rejects.toMatchObject({ kind: 'conflict' });

  await dfs().rename('/loose', '/moved');
  await refused('loose', 'missing', /HDFS has no directory \/loose HINT: correct the task's paths/);
  await dfs().rename('/moved', '/loose');
  expect(await soundSets('loose')).toEqual([first]);
  const second = await backUp('loose');
  expect(await soundSets('loose')).toEqual([first, second]);
});

test('snapshots that were removed by hand are no obstacle; only what cairn allowed is disallowed in the end', async () => {
  await fill(clusters.source, '/own', 8);
  await fill(clusters.source, '/operators', 8);
  await dfs().allowSnapshots('/operators');
  const allowed = async () =>
    (await dfs().snapshottableDirectories()).map(({ path }) => path).filter((path) => /^\/o/.test(path));
  await put(stage, dataTask('1', 'both', ['/own', '/operators']));
  await backUp('both');
  expect(await allowed()).toEqual(['/operators', '/own']);
  for (const path of await allowed())
    for (const { name } of await dfs().snapshotsOf(path)) await dfs().deleteSnapshot(path, name);
  await dfs().disallowSnapshots('/own');

  const label = await backUp('both');
  expect(await allowed()).toEqual(['/operators', '/own']);
  for (const path of ['/own', '/operators'])
    expect((await dfs().snapshotsOf(path)).map(({ name }) => name)).toEqual([expect.stringContaining(label)]);
  expect(await soundSets('both')).toContain(label);

  const { releasedBy } = await cairn.delete('both');
  await untilEnded(stage, releasedBy!);
  expect(await allowed()).toEqual(['/operators']);
  expect(await dfs().snapshotsOf('/operators')).toEqual([]);
});

test('what is encrypted, or holds what is, is refused before anything is made', async () => {
  for (const zone of ['/zone', '/outer/zone']) {
    await dfs().mkdirs(zone);
    await clusters.source.hdfs('crypto', '-createZone', '-keyName', 'key-of-zones', '-path', zone);
  }
  await dfs().mkdirs('/zone/inside');
  for (const [name, path, reason] of [
    ['inside', '/zone/inside', /\/zone\/inside lies in the encryption zone \/zone/],
    ['outer', '/outer', /\/outer holds the encryption zone \/outer\/zone/],
    ['zone', '/zone', /\/zone is an encryption zone/],
  ] as const) {
    await put(stage, dataTask('1', name, [path]));
    await refused(name, 'unsupported', reason);
    expect(await cairn.sets({ task: name })).toEqual([]);
  }
});

test('metadata and service data of one task are one run, in one directory of the other HDFS', async () => {
  await fill(clusters.source, '/mixed', 8);
  const { sources, ...task } = dataTask('1', 'mixed', ['/mixed']);
  const nameNode = { source: 'nameNode', entry: { source: 'nameNode' }, copies: 24, target: remote } as const;
  await put(stage, { ...task, sources: [nameNode, ...sources] });
  const label = await backUp('mixed');
  const sets = await cairn.sets({ task: 'mixed' });
  expect(sets.map((set) => [set.label, 'source' in set && set.source]).sort()).toEqual([
    [label, 'hdfs'],
    [label, 'nameNode'],
  ]);
  const verified = await cairn.verify({ run: `mixed@${label}` });
  expect(verified.map(({ problems }) => problems)).toEqual([[], []]);
  expect(verified.every(({ bytesRead }) => bytesRead > 0)).toBe(true);

  const { name } = sets.find((set) => 'source' in set && set.source === 'nameNode')!;
  const { archive } = await readMetadataManifest(openRemote(clusters), name);
  const stored = await webHdfs(clusters.remote).open(`${backupPath}/${namesOf(name).archive}`);
  const hash = createHash('sha256');
  for await (const chunk of stored) hash.update(chunk as Buffer);
  expect(hash.digest('hex')).toBe(archive.sha256);
  const data = sets.find((set) => 'source' in set && set.source === 'hdfs')!;
  expect([folderOf(name), folderOf(data.name)]).toEqual([
    expect.stringMatching(/^mixed_\d{14}$/),
    expect.stringMatching(/^mixed_HDFS_\d{14}$/),
  ]);

  const before = await dataOf(clusters.source, '/mixed');
  await dfs().create('/mixed/0 ä/plain', Buffer.from('spoilt'), { overwrite: true });
  await cairn.restorations.create('mixed-back', { run: 'mixed@latest', sources: ['hdfs'] });
  const restored = await cairn.waitFor(await cairn.restorations.start('mixed-back'));
  expect(restored).toMatchObject({ outcome: 'Successful' });
  expect(await dataOf(clusters.source, '/mixed')).toEqual(before);
});
