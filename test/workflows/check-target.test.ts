import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleaned, TargetCheckView } from '../../client';
import { createTargetCheck } from '../../targets/conformance/check';
import { run } from '../client/terminal';
import { patienceMs } from '../kit/pauses';
import { type FakeCluster, fakeCluster, openStage, type Stage, workFor } from '../kit/stage';
import { spawnWorker, type WorkerChild } from '../kit/worker-child';

let stage: Stage;
let cluster: FakeCluster;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openStage();
  cluster = await fakeCluster(stage, 'c1');
  worker = await spawnWorker(cluster);
});
afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

const cairn = (line: string) => run(['--address', stage.temporal.address, ...line.split(' ')]);
const own = () => join(cluster.localBackup, 'c1');
const inOwn = async () => await readdir(own()).catch(() => []);

/** Begins a check of `localDir`; goes on when it has come to its cases. */
async function begin(): Promise<{ ended: ReturnType<typeof cairn>; folder: string }> {
  const ended = cairn('target check localDir --mib 1 --json');
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    const [folder] = await inOwn();
    if (folder !== undefined && (await readdir(join(own(), folder)).catch(() => [])).length > 1)
      return { ended, folder };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the check did not begin');
}

it('a check whose worker is killed goes on with the next one, and leaves nothing', async () => {
  const { ended, folder } = await begin();
  await worker.kill();
  expect(await inOwn()).toEqual([folder]);
  worker = await spawnWorker(cluster);
  const { code, json } = await ended;
  const [{ found }] = json<[TargetCheckView]>();
  expect(found.folder).toBe(`c1/${folder}`);
  expect(found.cases.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  expect(found.cases.length).toBeGreaterThan(30);
  expect(code).toBe(0);
  expect(await inOwn()).toEqual([]);
});

it('what a check left that nobody goes on with is removed by sets clean, and not while it goes on', async () => {
  const { ended, folder } = await begin();
  await worker.kill();
  worker = await spawnWorker(cluster);
  const [place] = (await cairn(`sets clean --target localDir --json`)).json<Cleaned[]>();
  expect(place!.found).toMatchObject({ count: 0, remains: [{ kind: 'check', kept: 'its check goes on' }] });
  const id = folder.slice(-'20260101000000-01234567'.length);
  await stage.client.workflow.getHandle(`check/c1/${id}`).terminate();
  expect((await ended).code).toBe(1);
  const cleaned = await cairn('sets clean --target localDir --yes');
  expect(cleaned.stdout).toContain('1 of 1 remain removed');
  expect(cleaned.code).toBe(0);
  // The worker hears of the end with its next heartbeat, and may have written on until then.
  for (const deadline = Date.now() + patienceMs; (await inOwn()).length > 0 && Date.now() < deadline; await sleep(500))
    expect((await cairn('sets clean --target localDir --yes')).code).toBe(0);
  expect(await inOwn()).toEqual([]);
});

it('all hosts are asked one after the other; one where no worker runs is told', async () => {
  await worker.kill();
  cluster.config.clusters[0]!.localBackup.hosts.push('away-host');
  const targetCheck = createTargetCheck([{ name: 'is quick', run: async () => undefined }]);
  const here = await workFor({ ...cluster, plugins: { ...cluster.plugins, targetCheck } });
  const { code, json } = await cairn('target check localDir --all-hosts --mib 1 --json');
  const [first, second] = json<TargetCheckView[]>();
  expect(first).toMatchObject({ host: 'test-host', found: { cases: [{ name: 'is quick', outcome: 'ok' }] } });
  expect(second).toEqual({
    cluster: 'c1',
    target: { kind: 'localDir' },
    host: 'away-host',
    found: {
      folder: '',
      cases: [],
      problem: {
        kind: 'unavailable',
        reason: 'no worker of host away-host took it up HINT: start one there, or name another host with --host',
      },
    },
  });
  expect(code).toBe(1);
  await here.stop();
});
