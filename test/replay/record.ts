import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { version } from '../../package.json';
import { BackupError } from '../../model/errors';
import { workflowTypes } from '../../model/messages';
import { workflowIds } from '../../model/names';
import type { ChosenSet, TaskSource } from '../../model/task';
import {
  ask,
  dataFolderTask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  untilState,
  workFor,
} from '../kit/stage';
import { mirroredCluster } from '../kit/mirrored';
import { type Receiver, startReceiver } from '../kit/webhook-receiver';

/**
 * Records histories of every workflow into `histories/<version>/`. Run it once for each release, with the code that
 * is released, never with a change under test:  node -r ./test/kit/register.js test/replay/record.ts
 * With names of workflows only theirs, into `histories/unreleased/`: for those that are new since the latest release.
 */
async function main(): Promise<void> {
  const stage = await openStage();
  const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
  process.env['RECORDED_SECRET'] = secret;
  const receiver = await startReceiver(secret);
  const webhook = { url: `http://127.0.0.1:${receiver.port}/`, secret: { env: 'RECORDED_SECRET' } };
  const numbers = { intervalSeconds: 1, latenessSeconds: 20 };
  const cluster = await fakeCluster(stage, '1', numbers, { notifications: { ops: { webhook } } });
  const worker = await workFor(cluster);
  try {
    await play(stage, cluster);
    await playNotifications(stage, cluster, receiver);
    await playTargets(stage, cluster);
    await worker.stop();
    await playMirror(stage);
    await record(stage, process.argv.slice(2));
  } finally {
    await worker.stop();
    await receiver.close();
    await stage.close();
  }
}

async function record(stage: Stage, only: readonly string[]): Promise<void> {
  const [unreleased, released] = ['unreleased', version].map((name) => join(__dirname, 'histories', name)) as [
    string,
    string,
  ];
  if (only.length > 0) return await save(stage, unreleased, (type) => only.includes(type));
  await save(stage, released, (type) => type in workflowTypes);
  await rm(unreleased, { recursive: true, force: true });
}

/** Something of everything: backups that succeed, fail, are stopped and terminated; a restoration; listing, verifying. */
async function play(stage: Stage, cluster: FakeCluster): Promise<void> {
  const { id, script } = cluster;
  const start = (task: string) => ask(stage, id, { do: 'start', task, trigger: 'manual' });
  const until = (task: string, status: string) => untilState(stage, id, ({ tasks }) => tasks[task]!.status === status);
  for (const name of ['a', 'b']) await ask(stage, id, { do: 'putTask', task: folderTask(id, name, 1) });
  await start('a');
  await start('b');
  await until('b', 'Successful');
  await start('a');
  const state = await until('a', 'Successful');
  await ask(stage, id, { do: 'start', task: 'nobody', trigger: 'manual' });

  const set = await newestSet(stage, id, state.tasks['a']!.creation);
  await ask(stage, id, { do: 'putTask', task: { kind: 'restoration', name: 'back', cluster: id, sets: [set] } });
  await start('back');
  await until('back', 'Successful');

  script.dumpMs = 60_000;
  await start('a');
  await until('a', 'Running');
  await ask(stage, id, { do: 'stop', task: 'a' });
  await until('a', 'Stopped');
  await start('a');
  await until('a', 'Running');
  await stage.client.workflow.getHandle(workflowIds.run(id)).terminate('for the record');
  await until('a', 'Failed');
  script.dumpMs = 0;
  await playData(stage, cluster);
  await playPeriodic(stage, cluster);
  script.errors = { dump: [new Error('made to fail once')] };
  await start('b');
  await until('b', 'Successful');
}

/** A task that starts by itself, is locked and unlocked, and deleted; its schedule follows. */
async function playPeriodic(stage: Stage, { id }: FakeCluster): Promise<void> {
  const ran = (times: number) => untilState(stage, id, ({ tasks }) => tasks['often']!.runs.length >= times);
  const period = { started: Math.ceil(Date.now() / 1000 + 1) * 1000, seconds: 2 };
  await ask(stage, id, { do: 'putTask', task: { ...folderTask(id, 'often', 1), mode: 'periodic', period } });
  await ran(2);
  await ask(stage, id, { do: 'lock', task: 'often', reason: 'for the record' });
  await untilState(stage, id, ({ running, unsynced }) => running === undefined && unsynced === undefined);
  await ask(stage, id, { do: 'unlock', task: 'often' });
  await ran(4);
  await ask(stage, id, { do: 'lock', task: 'often' });
  await untilState(stage, id, ({ running }) => running === undefined);
  await ask(stage, id, { do: 'deleteTask', task: 'often' });
  await untilState(stage, id, ({ unsynced }) => unsynced === undefined);
}

/** All that happened has been told of; one that is tried again, and one that is given up. */
async function playNotifications(stage: Stage, { id }: FakeCluster, receiver: Receiver): Promise<void> {
  const notification = { type: 'notification.test', timestamp: new Date().toISOString(), cluster: id };
  const tell = (name: string, status: number) => {
    const statuses = [status];
    receiver.answer = (response) => response.writeHead(statuses.shift() ?? 204).end();
    return stage.client.workflow.execute('notify', {
      workflowId: workflowIds.notify(id, name),
      taskQueue: 'control',
      args: [{ notification: { ...notification, id: name }, channels: ['ops'] }],
    });
  };
  await tell('again', 500);
  await tell('gone', 410).catch(() => undefined);
  const told = ['one', 'two'].map((name) => ({ notification: { ...notification, id: name }, channels: ['ops'] }));
  await stage.client.workflow.execute('notifyAll', {
    workflowId: workflowIds.notifyAll(id, 'record'),
    taskQueue: 'control',
    args: [{ cluster: id, told }],
  });
}

/** Two management hosts: a standby one that is away, and one that is made equal. The first worker must have ended. */
async function playMirror(stage: Stage): Promise<void> {
  const { id, hosts } = await mirroredCluster(stage, '2');
  const ran = () => untilState(stage, id, ({ tasks }) => tasks['nn']!.status === 'Successful');
  const first = await workFor(hosts[0]!);
  await ask(stage, id, { do: 'putTask', task: folderTask(id, 'nn', 1) });
  await ask(stage, id, { do: 'start', task: 'nn', trigger: 'manual' });
  await ran();
  await untilState(stage, id, ({ alarms }) => alarms.some((one) => one.id === '12011'));
  const second = await workFor(hosts[1]!);
  await untilState(stage, id, ({ alarms }) => alarms.every((one) => one.id !== '12011'));
  await ask(stage, id, { do: 'start', task: 'nn', trigger: 'manual' });
  await ran();
  await untilState(stage, id, ({ mirrors }) => Object.values(mirrors!).every(({ behind }) => behind === 0));
  for (const worker of [first, second]) await worker.stop();
}

/** The same of service data, and what a deleted task gives up. */
async function playData(stage: Stage, { id, service }: FakeCluster): Promise<void> {
  const start = (task: string) => ask(stage, id, { do: 'start', task, trigger: 'manual' });
  const until = (task: string, status: string) => untilState(stage, id, ({ tasks }) => tasks[task]!.status === status);
  for (const name of ['one', 'two']) await mkdir(join(service.hdfs, name), { recursive: true });
  await ask(stage, id, { do: 'putTask', task: dataFolderTask(id, 'data', ['/one', '/two'], { withMetadata: true }) });
  await start('data');
  const { tasks } = await until('data', 'Successful');
  const label = tasks['data']!.lastLabel!;
  const set: ChosenSet = {
    target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
    name: `data_HDFS_${tasks['data']!.creation}/${label}`,
    source: 'hdfs',
    part: '',
    label,
    cluster: id,
    productVersion: '3.3.0',
  };
  const task = { kind: 'restoration' as const, name: 'data-back', cluster: id, sets: [set] };
  await ask(stage, id, { do: 'putTask', task });
  await stage.client.workflow.execute('describeReplaced', {
    workflowId: `describe/${id}/record`,
    taskQueue: 'control',
    args: [{ cluster: id, productVersion: '3.3.0', task }],
  });
  await stage.client.workflow.execute(workflowTypes.measureVolume, {
    workflowId: `volume/${id}/record`,
    taskQueue: 'control',
    args: [{ cluster: id, sources: ['/one', '/gone'].map((path) => sourceOf(id, path)) }],
  });
  service.source.errors = { adopt: [new BackupError('denied', 'made to fail once')] };
  await start('data-back');
  await until('data-back', 'Failed');
  await start('data-back');
  await until('data-back', 'Successful');

  service.copier.copyMs = 60_000;
  await start('data');
  while (service.copier.calls!.copyPart < 5) await new Promise((resolve) => setTimeout(resolve, 100));
  await ask(stage, id, { do: 'stop', task: 'data' });
  await until('data', 'Stopped');
  const before = service.copier.calls!.copyPart;
  await start('data');
  while (service.copier.calls!.copyPart === before) await new Promise((resolve) => setTimeout(resolve, 100));
  await stage.client.workflow.getHandle(workflowIds.run(id)).terminate('for the record');
  await until('data', 'Failed');
  service.copier.copyMs = 0;
  await ask(stage, id, { do: 'deleteTask', task: 'data' });
  await untilReleased(service.hdfs);
}

function sourceOf(id: string, path: string) {
  const [{ source, entry }] = dataFolderTask(id, 'data', [path]).sources as [TaskSource];
  return { task: 'data', source, entry };
}

/** A check of a target, and what unfinished runs left on it, listed and removed. */
async function playTargets(stage: Stage, { id }: FakeCluster): Promise<void> {
  const place = { cluster: id, target: { kind: 'localDir' as const } };
  const check = '20260101000000-0123abcd';
  await stage.client.workflow.execute(workflowTypes.checkTarget, {
    workflowId: workflowIds.check(id, check),
    taskQueue: 'control',
    args: [{ ...place, check, settings: { mib: 1, caseSeconds: 120 } }],
  });
  for (const remove of [false, true])
    await stage.client.workflow.execute(workflowTypes.cleanSets, {
      workflowId: `clean/${id}/record-${remove}`,
      taskQueue: 'control',
      args: [{ ...place, remove }],
    });
}

async function untilReleased(hdfs: string): Promise<void> {
  while ((await readdir(hdfs)).includes('.cairn')) await new Promise((resolve) => setTimeout(resolve, 100));
  await new Promise((resolve) => setTimeout(resolve, 2000));
}

async function newestSet(stage: Stage, id: string, creation: string): Promise<ChosenSet> {
  const place = { cluster: id, target: { kind: 'localDir' as const } };
  const { sets } = await stage.client.workflow.execute<(input: unknown) => Promise<{ sets: ChosenSet[] }>>('listSets', {
    workflowId: `list/${id}/record`,
    taskQueue: 'control',
    args: [{ ...place, prefix: `${id}/a_${creation}` }],
  });
  const newest = sets.at(-1)!;
  await stage.client.workflow.execute('verifySets', {
    workflowId: workflowIds.verify(id, newest.name.replaceAll('/', ':'), place.target.kind),
    taskQueue: 'control',
    args: [{ ...place, names: [newest.name], level: 'content', owner: id }],
  });
  return { ...newest, target: place.target };
}

/** At most so many of a type and an end: the longest. */
const ofAKind = 2;

async function save(stage: Stage, folder: string, isWanted: (type: string) => boolean): Promise<void> {
  await Promise.all((await filesIn(folder)).filter(({ type }) => isWanted(type)).map(({ path }) => rm(path)));
  await mkdir(folder, { recursive: true });
  const byKind = new Map<string, string[]>();
  for await (const run of stage.client.workflow.list()) {
    if (!isWanted(run.type)) continue;
    const history = await stage.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const text = withoutMachine(historyToJSON(history));
    const kind = `${run.type}-${run.status.name.toLowerCase()}${text.includes('"syncSchedules"') ? '-schedules' : ''}`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), text]);
  }
  for (const [kind, texts] of byKind) {
    const longest = texts.sort((one, other) => other.length - one.length).slice(0, ofAKind);
    for (const [place, text] of longest.entries()) await writeFile(join(folder, `${kind}-${place}.json`), text);
  }
}

async function filesIn(folder: string): Promise<{ type: string; path: string }[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => ({ type: name.split('-', 1)[0]!, path: join(folder, name) }));
}

/** Neither paths (in stack traces) nor names of the machine that recorded it stay; nothing of that is replayed. */
function withoutMachine(history: string): string {
  const root = join(__dirname, '..', '..');
  const text = JSON.stringify(JSON.parse(history));
  return text.replaceAll(`${root}/`, '').replaceAll(tmpdir(), '').replaceAll(hostname(), 'recorder');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
