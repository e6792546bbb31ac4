import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { histories, textsOf } from '../kit/history';
import { processesWith } from '../kit/processes';
import {
  filesBelow,
  fill,
  nameNodeTask,
  openRealStage,
  pause,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  restorationOf,
  runTask,
  setsIn,
  spawnRealWorker,
} from '../kit/real-cluster';
import type { WorkerChild } from '../kit/worker-child';

/** What nobody may see outside of the worker. Each is found by its own word, so that a failure names the leak. */
const canaries = {
  // What Hadoop's own commands take from the environment: handed on to them, and to nobody else.
  HADOOP_CREDSTORE_PASSWORD: 'canary-credential-store',
  HADOOP_KEYSTORE_PASSWORD: 'canary-key-store',
  // What a worker's environment holds of other people's: handed on to nobody.
  AWS_SECRET_ACCESS_KEY: 'canary-access-key',
  CAIRN_SECRET: 'canary-own-secret',
  PGPASSWORD: 'canary-data-base',
};
/** Who the worker is to a cluster without Kerberos: there the name is all the proof. */
const user = 'canary-user';
const hidden = [...Object.values(canaries), user];

/** Everything that is to be found instead: a search that finds nothing anywhere would always pass. */
const task = 'known-task';
const mark = `secrets-${process.pid}`;
let stage: RealStage;
let cluster: RealCluster;
let worker: WorkerChild;
let failures: string[];
const seen = { commands: new Set<string>(), environments: new Set<string>() };

beforeAll(async () => {
  // The worker is somebody whom only its configuration names.
  stage = await openRealStage({ 'hadoop.user.group.static.mapping.overrides': `${user}=supergroup` });
  await fill(stage.hdfs, '/data', 8);
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs, hadoop: { user }, settings: { attempts: 2 } });
  worker = await spawnRealWorker(stage, [cluster], { ...canaries, HADOOP_TEST_MARK: mark, CAIRN_LOG: 'DEBUG' });
  failures = await watchingProcesses(doEverything);
});

afterAll(async () => {
  await worker?.kill();
  await stage?.close();
});

/** A backup and a restoration that succeed, and of each one that fails; answers what the failed ones say. */
async function doEverything(): Promise<string[]> {
  await put(stage, nameNodeTask(cluster.id, task));
  expect(await runTask(stage, cluster.id, task)).toMatchObject({ outcome: 'Successful' });
  const sets = await setsIn(cluster.localBackup, cluster.id);
  await put(stage, restorationOf(cluster.id, 'back', sets));
  const refused = await runTask(stage, cluster.id, 'back');
  await stage.hdfs.stopNameNode();
  const failed = await runTask(stage, cluster.id, task);
  expect([refused.outcome, failed.outcome]).toEqual(['Failed', 'Failed']);
  expect(await runTask(stage, cluster.id, 'back')).toMatchObject({ outcome: 'Successful' });
  return [refused, failed].map((result) => JSON.stringify(result));
}

/** Samples the argument lists and environments of everything that the worker starts. */
async function watchingProcesses<T>(work: () => Promise<T>): Promise<T> {
  let over = false;
  const watch = async () => {
    for (; !over; await pause(10))
      for (const { pid, command, environment } of await processesWith(`HADOOP_TEST_MARK=${mark}`)) {
        // This worker is told its configuration as an argument; `cairn worker` reads a file.
        if (pid !== worker.pid) seen.commands.add(command);
        if (command.includes('-rollEdits')) seen.environments.add(environment);
      }
  };
  const watched = watch();
  return await work().finally(async () => {
    over = true;
    await watched;
  });
}

async function inHistories(): Promise<string[]> {
  const texts: string[] = [];
  for await (const { events } of histories(stage.client)) texts.push(...events.flatMap(textsOf));
  return texts;
}

/** Manifests as they are, archives unpacked. */
async function onTheTarget(): Promise<string[]> {
  const files = (await filesBelow(cluster.localBackup)).map((name) => join(cluster.localBackup, name));
  const bytes = await Promise.all(files.map(async (file) => [file, await readFile(file)] as const));
  return bytes.map(([file, held]) => (file.endsWith('.gz') ? gunzipSync(held) : held).toString('latin1'));
}

const places: readonly { place: string; known: string; look: () => string[] | Promise<string[]> }[] = [
  { place: 'a history', known: task, look: inHistories },
  { place: "the worker's log", known: `run/1`, look: () => [worker.log()] },
  { place: 'an argument list', known: '-rollEdits', look: () => [...seen.commands] },
  { place: 'a manifest', known: task, look: onTheTarget },
  { place: 'an archive', known: 'HDFSIMG1', look: onTheTarget },
  { place: "a failed run's record", known: 'NameNode', look: () => failures },
];

test.each(places)('no secret stands in $place', async ({ known, look }) => {
  const texts = await look();
  expect(texts.some((text) => text.includes(known))).toBe(true);
  expect(hidden.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([]);
});

test('a hadoop command is given the secrets that Hadoop reads, and no others of its worker', () => {
  const environment = [...seen.environments].join('\n');
  const given = Object.entries(canaries).filter(([, secret]) => environment.includes(secret));
  expect(given.map(([name]) => name)).toEqual(['HADOOP_CREDSTORE_PASSWORD', 'HADOOP_KEYSTORE_PASSWORD']);
});
