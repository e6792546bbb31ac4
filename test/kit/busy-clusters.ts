import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterState, parseShortRun } from '../../model/cluster-state';
import { BackupError } from '../../model/errors';
import type { BackupTask, ChosenSet, RestorationTask } from '../../model/task';
import type { Plugins } from '../../activities/plugins';
import { openFolderCopier } from '../fakes/folder-copier';
import {
  ask,
  dataFolderTask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  pluginsOf,
  type Stage,
  stateOf,
  untilState,
  workFor,
} from './stage';
import { startReceiver } from './webhook-receiver';

const MiB = 1024 ** 2;
const [hour, day] = [3600, 86_400];

/** Two clusters in which something of everything has happened that the pages of the Temporal UI can show. */
export interface BusyClusters {
  /** Lets the copy go on that stands at two fifths until then. */
  goOn(): void;
  close(): Promise<void>;
}

/** One worker serves both. Returns when `nightly` copies and `namenode` waits for it. */
export async function openBusyClusters(stage: Stage): Promise<BusyClusters> {
  const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
  process.env['BUSY_CLUSTERS_SECRET'] = secret;
  const receiver = await startReceiver(secret);
  const away = await startReceiver(secret);
  away.answer = (response) => response.writeHead(503).end();
  const webhook = (port: number) => ({ url: `http://127.0.0.1:${port}/`, secret: { env: 'BUSY_CLUSTERS_SECRET' } });
  const notifications = {
    operators: { webhook: webhook(receiver.port) },
    'on-call': { webhook: webhook(away.port), events: ['run.failed'] },
  };
  const options = { host: 'nn1.example.com', notifications };
  const approval = { restorations: true, hours: 24 };
  const prod = await fakeCluster(stage, 'prod-1', {}, { ...options, approval });
  const lab = await fakeCluster(stage, 'lab', {}, { ...options, version: '3.2.0', defaultTask: true });
  const gate = openGate();
  const clusters = [withSlowCopy(prod, gate), lab];
  const config = { ...prod.config, clusters: clusters.flatMap((one) => one.config.clusters) };
  const worker = await workFor(
    { ...prod, config, plugins: pluginsOf(clusters) },
    { identity: 'cairn worker on nn1.example.com' },
  );
  await fill(prod);
  await fill(lab);
  await playLab(stage, lab);
  await playProd(stage, prod, gate);
  return {
    goOn: gate.open,
    async close() {
      gate.open();
      await worker.stop();
      await receiver.close();
      await away.close();
    },
  };
}

/** What is copied stands still behind it, once it is closed. */
interface Gate {
  close(): void;
  open(): void;
  passed(): Promise<void>;
}

function openGate(): Gate {
  let [passed, open] = [Promise.resolve(), () => {}];
  return {
    close: () => void (passed = new Promise((resolve) => (open = resolve))),
    open: () => open(),
    passed: () => passed,
  };
}

function withSlowCopy(cluster: FakeCluster, gate: Gate): FakeCluster {
  const copier = openFolderCopier(cluster.service.copier);
  const plugins: Plugins = {
    ...cluster.plugins,
    copiers: () => [
      {
        ...copier,
        async copyPart(copy, part, control) {
          control.report({ bytes: 16 * MiB, files: 96 });
          await gate.passed();
          return await copier.copyPart(copy, part, control);
        },
      },
    ],
  };
  return { ...cluster, plugins };
}

async function fill({ data, service }: FakeCluster): Promise<void> {
  await writeFile(join(data, 'image'), randomBytes(6 * MiB));
  await fillDirectory(join(service.hdfs, 'user/hive/warehouse'), 240, 40 * MiB);
  await fillDirectory(join(service.hdfs, 'data/events'), 30, 3 * MiB);
}

async function fillDirectory(folder: string, files: number, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const each = randomBytes(Math.floor(bytes / files));
  for (let number = 0; number < files; number += 1) await writeFile(join(folder, `part-${number}`), each);
}

/** A default task, and a run that somebody stopped. */
async function playLab(stage: Stage, { id, script }: FakeCluster): Promise<void> {
  await ask(stage, id, { do: 'putTask', task: folderTask(id, 'try') });
  script.dumpMs = 600_000;
  await ask(stage, id, { do: 'start', task: 'try', trigger: 'manual' });
  await untilStatus(stage, id, 'try', 'Running');
  await ask(stage, id, { do: 'stop', task: 'try' });
  await untilStatus(stage, id, 'try', 'Stopped');
  script.dumpMs = 0;
}

async function playProd(stage: Stage, cluster: FakeCluster, gate: Gate): Promise<void> {
  const { id } = cluster;
  const start = async (task: string) => {
    await ask(stage, id, { do: 'start', task, trigger: 'manual' });
    await untilStatus(stage, id, task, 'Successful');
  };
  await put(stage, periodic(nightly(id), day, tenOClock()));
  await put(stage, folderTask(id, 'before-upgrade'));
  await start('nightly');
  await start('before-upgrade');
  await playPlanned(stage, cluster);
  await put(stage, periodic(dataFolderTask(id, 'archive', ['/data/events']), 30 * day, tenOClock()));
  await ask(stage, id, { do: 'lock', task: 'archive', reason: 'the second HDFS is upgraded' });
  await playRestorations(stage, cluster);
  gate.close();
  await ask(stage, id, { do: 'start', task: 'nightly', trigger: 'manual' });
  await untilStatus(stage, id, 'nightly', 'Running');
  await ask(stage, id, { do: 'start', task: 'namenode', trigger: 'manual' });
  await ask(stage, id, { do: 'start', task: 'nightly', trigger: 'manual' }, 'asked-twice');
}

/** A planned time leads to a run that fails; one comes too soon after a run by hand and is postponed. */
async function playPlanned(stage: Stage, { id, service }: FakeCluster): Promise<void> {
  const hint = 'give it the right to read, or take the directory out of the task';
  service.source.errors = {
    checkBackUp: [new BackupError('denied', 'user hdfs may not read /data/events/private', { hint })],
  };
  const events = dataFolderTask(id, 'events', ['/data/events']);
  await atPlannedTime(stage, events, 7 * day, ({ tasks }) => tasks['events']!.status === 'Failed');
  const nameNode = toOtherHdfs(folderTask(id, 'namenode'));
  await put(stage, periodic(nameNode, hour, tenOClock()));
  const byHand = async () => {
    await ask(stage, id, { do: 'start', task: 'namenode', trigger: 'manual' });
    await untilStatus(stage, id, 'namenode', 'Successful');
  };
  await atPlannedTime(stage, nameNode, hour, ({ tasks }) => (tasks['namenode']!.notRun ?? []).length > 0, byHand);
}

/** Until the first planned time has led to this: on a busy machine it may be over before the schedule stands. */
async function atPlannedTime(
  stage: Stage,
  task: BackupTask,
  seconds: number,
  isDone: (state: ClusterState) => boolean,
  before = async () => {},
): Promise<void> {
  for (let lead = 4; ; lead *= 2) {
    await before();
    await put(stage, periodic(task, seconds, Math.ceil(Date.now() / 1000 + lead) * 1000));
    const state = await untilState(stage, task.cluster, isDone, (lead + 20) * 1000).catch((error: unknown) => {
      if (lead > 30) throw error;
      return undefined;
    });
    if (state !== undefined) return;
  }
}

/** One that a second person approved, and one that still awaits that. */
async function playRestorations(stage: Stage, { id }: FakeCluster): Promise<void> {
  await put(stage, await restorationOf(stage, id, 'bring-back'));
  await ask(stage, id, { do: 'start', task: 'bring-back', trigger: 'manual', by: 'anna' }, 'bring-back-1');
  await ask(stage, id, { do: 'approve', task: 'bring-back', asked: 'bring-back-1', by: 'bert' }, 'approve-1');
  await untilStatus(stage, id, 'bring-back', 'Successful');
  await put(stage, await restorationOf(stage, id, 'bring-back-again'));
  await ask(stage, id, { do: 'start', task: 'bring-back-again', trigger: 'manual', by: 'bert' }, 'bring-back-2');
}

async function restorationOf(stage: Stage, cluster: string, name: string): Promise<RestorationTask> {
  const { creation, runs } = (await stateOf(stage, cluster)).tasks['before-upgrade']!;
  const { label } = parseShortRun(runs[0]!);
  const set: ChosenSet = {
    target: { kind: 'localDir' },
    name: `${cluster}/before-upgrade_${creation}/3.3.0_NameNode_${label}`,
    source: 'nameNode',
    part: 'hacluster',
    label,
    cluster,
    productVersion: '3.3.0',
  };
  return { kind: 'restoration', name, cluster, sets: [set] };
}

function nightly(cluster: string): BackupTask {
  return dataFolderTask(cluster, 'nightly', ['/user/hive/warehouse'], { copies: 7, withMetadata: true });
}

function toOtherHdfs(task: BackupTask): BackupTask {
  const target = { kind: 'remoteHdfs' as const, nameService: 'haclusterX', path: '/backup' };
  return { ...task, sources: task.sources.map((source) => ({ ...source, target })) };
}

function periodic(task: BackupTask, seconds: number, started: number): BackupTask {
  return { ...task, mode: 'periodic', period: { started, seconds } };
}

/** Tomorrow at 22:00 UTC. */
function tenOClock(): number {
  return (Math.floor(Date.now() / (day * 1000)) + 1) * day * 1000 + 22 * hour * 1000;
}

async function put(stage: Stage, task: BackupTask | RestorationTask): Promise<void> {
  const answer = await ask(stage, task.cluster, { do: 'putTask', task });
  if (!answer.accepted) throw new Error(`task ${task.name}: ${answer.message}`);
}

async function untilStatus(stage: Stage, cluster: string, task: string, status: string): Promise<void> {
  await untilState(stage, cluster, ({ tasks }) => tasks[task]!.status === status);
}
