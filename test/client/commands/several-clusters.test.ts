import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fakePlugins } from '../../kit/fake-plugins';
import { type FakeCluster, fakeCluster, workFor } from '../../kit/stage';
import { openGround, type Ground, saying, untilListed } from '../cluster';

let ground: Ground;
let other: FakeCluster;
let set: string;

/** The worker of c1 has gone; that of c2 reaches the LocalBackup folder of c1. */
beforeAll(async () => {
  ground = await openGround();
  await ground.apply('nightly');
  set = await ground.backUp('nightly');
  await ground.worker.stop();
  other = await reachingSame(await fakeCluster(ground.stage, 'c2'));
  ground.worker = await workFor(other);
  await untilListed(ground, 2);
});
afterAll(() => ground?.close());

async function reachingSame(cluster: FakeCluster): Promise<FakeCluster> {
  const { path } = ground.cluster.config.clusters[0]!.localBackup;
  const clusters = cluster.config.clusters.map((one) => ({ ...one, localBackup: { ...one.localBackup, path } }));
  const config = { ...cluster.config, clusters };
  await writeFile(join(cluster.data, 'image'), 'nothing yet');
  return { ...cluster, config, plugins: fakePlugins(config, cluster.data, cluster.script) };
}

it('where there are several, the cluster must be named', async () => {
  expect(await ground.cairn('task list')).toMatchObject({
    code: 2,
    stderr: saying('there are 2 clusters: c1, c2 HINT: name one with --cluster'),
  });
  expect((await ground.cairn('--cluster c2 task list')).stdout).toBe('no tasks\n');
});

it('a mirrored cluster finds the sets of another one on the target, without any task', async () => {
  const { stdout } = await ground.cairn('sets list --target localDir --cluster c2');
  expect(stdout).toMatch(new RegExp(`c1 +nightly +nameNode hacluster .* ${set}`));
  expect((await ground.cairn('sets list --cluster c2')).stdout).toContain('HINT: --target localDir');
  expect((await ground.cairn(`sets verify ${set} --target localDir --cluster c2`)).code).toBe(0);
});

it('and restores them, saying where they come from', async () => {
  const made = await ground.cairn('restoration create back --run nightly@latest --target localDir --cluster c2');
  expect(made.stdout).toContain('NameService hacluster of cluster c2');
  expect(made.stdout).toContain('(the set was made in cluster c1, product version 3.3.0)');
  expect((await ground.cairn('restoration start back --yes --wait --cluster c2')).code).toBe(0);
  expect(await readFile(join(other.data, 'image'), 'utf8')).toBe('data of c1');
});
