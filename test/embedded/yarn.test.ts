import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTwoClusters, type TwoClusters } from '../kit/two-clusters';

let clusters: TwoClusters;
beforeAll(async () => {
  clusters = await openTwoClusters({ yarn: true });
  const { source, folder } = clusters;
  await writeFile(join(folder, 'large'), randomBytes(20 << 20));
  await source.hdfs('dfs', '-mkdir', '/src');
  await source.hdfs('dfs', '-put', join(folder, 'large'), '/src');
});
afterAll(() => clusters?.close());

const distCp = ({ source, remote }: TwoClusters, ...more: string[]) =>
  source.hadoop('distcp', ...more, '-update', `${source.uri}/src`, `${remote.uri}/copy`);

interface App {
  readonly state: string;
  readonly finalStatus: string;
}

/** What the ResourceManager knows of the one application with this tag. */
async function appOf(tag: string): Promise<App | undefined> {
  const answer = await fetch(`${clusters.yarn!.httpAddress}/ws/v1/cluster/apps?applicationTags=${tag}`);
  const { apps } = (await answer.json()) as { apps: { app?: App[] } };
  return apps.app?.[0];
}

async function untilRunning(tag: string): Promise<void> {
  while ((await appOf(tag))?.state !== 'RUNNING') await sleep(100);
}

test('a copy runs as an application, which is found by its tag and goes on while the ResourceManager is killed and started', async () => {
  const yarn = clusters.yarn!;
  const copying = distCp(clusters, '-Dmapreduce.job.tags=run-7', '-Dmapreduce.job.queuename=backup', '-bandwidth', '2');
  await untilRunning('run-7');
  await yarn.killResourceManager();
  await expect(fetch(yarn.httpAddress)).rejects.toThrow();
  await yarn.startResourceManager();
  await copying;
  expect(await appOf('run-7')).toMatchObject({ state: 'FINISHED', finalStatus: 'SUCCEEDED', queue: 'root.backup' });
  expect(await clusters.remote.hdfs('dfs', '-ls', '-C', '/copy')).toBe('/copy/large\n');
});

test('a copy that asks for the local job runner is no application', async () => {
  await distCp(clusters, '-Dmapreduce.framework.name=local', '-Dmapreduce.job.tags=run-8');
  expect(await appOf('run-8')).toBeUndefined();
});
