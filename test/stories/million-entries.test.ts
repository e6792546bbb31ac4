import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import { createLargeTree } from '../fakes/large-tree';
import { type FakeWebHdfs, startFakeWebHdfs } from '../fakes/web-hdfs';
import { dataTask } from '../kit/data-cluster';
import { smallHistories } from '../kit/history';
import { bundleFile, endOfRun, put } from '../kit/real-cluster';
import { ask, openStage, type Stage } from '../kit/stage';
import { spawnToldWorker, type WorkerChild } from '../kit/worker-child';

/**
 * What so many entries may cost, a million of them too, the worker, its own code and Temporal's among it: here it is compiled as it runs. Its
 * heap cannot grow beyond what an operator with little memory would allow it, so it would end were it to keep entries.
 */
const mostMebibytes = 350;
const littleHeap = '--max-old-space-size=128';
/** A million take five minutes of a busy machine: CAIRN_ENTRIES=1000000 npm test -- --only million. */
const entries = Number(process.env['CAIRN_ENTRIES'] ?? 250_000);
const tree = createLargeTree(entries / 2000, 2000);

let stage: Stage;
let source: FakeWebHdfs;
let remote: FakeWebHdfs;
let worker: WorkerChild;

beforeAll(async () => {
  stage = await openStage();
  source = await startFakeWebHdfs({ nameService: 'hacluster', tree, mounts: /^\/data(?=\/|$)/ });
  // Everything is there already: what copies has its own tests.
  const mounts = /^\/backup\/million_HDFS_\d{14}\/data\/0(?=\/|$)/;
  remote = await startFakeWebHdfs({ nameService: 'haclusterX', tree, mounts });
  const options = { stickyQueueScheduleToStartTimeout: '1 second' };
  const env = { NODE_OPTIONS: littleHeap, CAIRN_WORKFLOW_BUNDLE: await bundleFile(stage) };
  worker = await spawnToldWorker({ config: configOf(), options, copier: 'idle' }, env);
});

afterAll(async () => {
  await worker?.stop();
  await Promise.all([source?.close(), remote?.close()]);
  await stage?.close();
  await Runtime.instance().shutdown();
});

function configOf(): object {
  const nameNodes = source.address.nameNodes.map((http) => ({ http, host: 'here', nameDirs: ['/none'] }));
  return {
    temporal: { address: stage.temporal.address },
    host: 'here',
    spool: join(stage.folder, 'spool'),
    clusters: [
      {
        id: '1',
        version: '3.3.0',
        localBackup: { path: join(stage.folder, 'LocalBackup'), hosts: ['here'] },
        hadoop: { user: 'root' },
        yarn: 'none',
        remoteHdfs: { haclusterX: { nameNodes: remote.address.nameNodes, uri: remote.address.uri } },
        services: { nameNode: { nameServices: { hacluster: { nameNodes, uri: source.address.uri } } } },
        settings: { freeLocalBytes: 1, heartbeatSeconds: 15 },
      },
    ],
  };
}

/** Mebibytes of memory: now, and at most so far. */
async function memoryOf({ pid }: WorkerChild): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]);
  return { now: Math.round(kibibytes('VmRSS') / 1024), peak: Math.round(kibibytes('VmHWM') / 1024) };
}

test(`${entries} entries are backed up in little memory and a short history`, async () => {
  await put(stage, dataTask('1', 'million', ['/data']));
  const idle = await memoryOf(worker);
  const from = Date.now();
  await ask(stage, '1', { do: 'start', task: 'million', trigger: 'manual' }, 'million');
  const result = await endOfRun(stage, '1', 'million', 1_100_000);
  const seconds = Math.round((Date.now() - from) / 1000);
  const { peak } = await memoryOf(worker);
  process.stdout.write(`${entries} entries: ${seconds} s, ${idle.now} MiB before, ${peak} MiB at most\n`);

  expect(result).toMatchObject({ outcome: 'Successful', parts: [{ files: entries, bytes: tree.filled * 1234 }] });
  expect(peak).toBeLessThanOrEqual(mostMebibytes);
  expect(Object.values(remote.snapshots())).toEqual([[result.label]]);
  for (const { asked } of [source, remote]) {
    // Twice each: the NameNode sends to the DataNode. An empty file has nothing to compare.
    expect(asked.get('GETFILECHECKSUM')).toBe(2 * tree.filled);
    expect(asked.get('LISTSTATUS_BATCH')).toBeGreaterThan(entries / 1000);
  }
  expect(await smallHistories(stage.client)).toBeGreaterThan(3);
});
