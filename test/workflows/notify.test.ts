import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { rescueCluster } from '../../client/rescue';
import { freePort } from '../../embedded/free-port';
import { newCluster } from '../../model/cluster-state';
import { decide } from '../../model/decide';
import { BackupError } from '../../model/errors';
import { workflowTypes } from '../../model/messages';
import { queues, workflowIds } from '../../model/names';
import type { Notification } from '../../model/notification';
import type { Delivery } from '../../workflows/notify';
import type { RunningWorker } from '../../workers/run-worker';
import { workflowBundle } from '../../workers/workflow-bundle';
import { histories, textsOf } from '../kit/history';
import { type MailServer, startMailServer } from '../kit/mail-server';
import { testTls } from '../kit/test-tls';
import { until } from '../kit/pauses';
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
import { type Receiver, startReceiver } from '../kit/webhook-receiver';
import { spawnWorker, type WorkerChild } from '../kit/worker-child';

const key = randomBytes(32).toString('base64');
const secret = `whsec_${key}`;
const password = `canary-${randomBytes(8).toString('hex')}`;
const hidden = [secret, key, password, Buffer.from(password).toString('base64'), 'canary-path'];

let stage: Stage;
/** Of one test: workers of all share their queues. */
let worker: RunningWorker | undefined;
const receivers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  process.env['TEST_HOOK_SECRET'] = secret;
  process.env['TEST_MAIL_PASSWORD'] = password;
  stage = await openStage();
});

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  for (const receiver of receivers.splice(0)) await receiver.close().catch(() => undefined);
});

afterAll(async () => {
  await stage?.close();
});

async function receive(port = 0): Promise<Receiver> {
  const receiver = await startReceiver(secret, port);
  receivers.push(receiver);
  return receiver;
}

async function receiveMail(port = 0): Promise<MailServer> {
  const server = await startMailServer(password, { port });
  receivers.push(server);
  return server;
}

const hook = (port: number) => ({
  webhook: { url: `http://127.0.0.1:${port}/canary-path`, secret: { env: 'TEST_HOOK_SECRET' } },
});
const mail = (port: number) => ({
  email: {
    smtp: { host: 'localhost', port, ca: testTls.ca, user: 'cairn', password: { env: 'TEST_MAIL_PASSWORD' } },
    from: 'cairn@example.com',
    to: ['ops@example.com'],
  },
});

/** Of a product that has no ALM-12057, which would be told of here by each cluster: none takes its metadata away. */
const version = '2.1.0';

async function clusterWith(id: string, notifications: object): Promise<FakeCluster> {
  return await fakeCluster(stage, id, {}, { notifications, version });
}

async function put(cluster: FakeCluster, ...names: string[]): Promise<void> {
  for (const name of names) await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id, name) });
}

async function start(cluster: FakeCluster, ...names: string[]): Promise<void> {
  for (const task of names) await ask(stage, cluster.id, { do: 'start', task, trigger: 'manual' });
}

const shortOf = ({ heard }: Receiver) => heard.map(({ type, data }) => `${data.task} ${type}`).sort();

/** Status of each workflow that tells of something, by its notification. */
async function tellings(cluster: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const query = `WorkflowType = '${workflowTypes.notify}' AND Cluster = '${cluster}'`;
  for await (const { workflowId, status } of stage.client.workflow.list({ query }))
    found[workflowId.slice(`notify/${cluster}/`.length).replace(/:\d{14}:/, ':')] = status.name;
  return found;
}

function notification(cluster: string, id: string): Notification {
  return { id: `${cluster}:x:${id}`, type: 'run.failed', timestamp: '2026-11-26T10:00:00.000Z', cluster, task: 'x' };
}

/** Starts a workflow that tells of something made up; its result. */
function tell(cluster: string, id: string, channels: string[], more: object = {}): Promise<Delivery[]> {
  return stage.client.workflow.execute(workflowTypes.notify, {
    workflowId: workflowIds.notify(cluster, `${cluster}:x:${id}`),
    taskQueue: queues.control,
    args: [{ notification: notification(cluster, id), channels, ...more }],
  }) as Promise<Delivery[]>;
}

test('a run waits for no channel: both are away, it is successful; when they are back they hear all of it, once', async () => {
  const [hookPort, mailPort] = [await freePort(), await freePort()];
  const cluster = await clusterWith('away', { ops: hook(hookPort), post: mail(mailPort) });
  worker = await workFor(cluster);
  await put(cluster, 'daily');
  await start(cluster, 'daily');
  await untilState(stage, cluster.id, ({ tasks }) => tasks['daily']!.status === 'Successful');
  await until(async () => Object.keys(await tellings(cluster.id)).length === 2);
  expect(await tellings(cluster.id)).toEqual({
    'away:daily:started': 'RUNNING',
    'away:daily:successful': 'RUNNING',
  });

  const receiver = await receive(hookPort);
  await until(() => receiver.heard.length === 2);
  expect(await tellings(cluster.id)).toMatchObject({ 'away:daily:successful': 'RUNNING' });
  const post = await receiveMail(mailPort);
  await until(async () => Object.values(await tellings(cluster.id)).every((status) => status === 'COMPLETED'));
  expect(shortOf(receiver)).toEqual(['daily run.started', 'daily run.successful']);
  const subjects = post.mails.map(({ text }) => /^Subject: (.*)$/m.exec(text)![1]).sort();
  expect(subjects).toEqual(['[cairn] cluster away: daily started', '[cairn] cluster away: daily was successful']);
  expect(receiver.heard.find(({ type }) => type === 'run.successful')!.data.run).toMatchObject({
    trigger: 'manual',
    parts: [{ source: 'nameNode', outcome: 'Successful' }],
  });
});

test('a run that is stopped while it waits is told as stopped, once', async () => {
  const receiver = await receive();
  const cluster = await clusterWith('queued', { ops: hook(receiver.port) });
  cluster.script.dumpMs = 60_000;
  worker = await workFor(cluster);
  await put(cluster, 'long', 'daily');
  await start(cluster, 'long', 'daily');
  await untilState(stage, cluster.id, ({ running }) => running !== undefined);
  for (const task of ['daily', 'long']) await ask(stage, cluster.id, { do: 'stop', task });
  await until(() => receiver.heard.length === 3);
  expect(shortOf(receiver)).toEqual(['daily run.stopped', 'long run.started', 'long run.stopped']);
  expect(receiver.heard.find(({ data }) => data.task === 'daily')!.data.reason).toBe('stopped while it waited');
});

test('a receiver that fails twice is tried a third time, and one that hangs keeps no other waiting', async () => {
  const [failing, hanging] = [await receive(), await receive(await freePort())];
  let failures = 2;
  failing.answer = (response) => response.writeHead((failures -= 1) >= 0 ? 500 : 200).end();
  hanging.answer = () => undefined;
  const cluster = await clusterWith('slow', { failing: hook(failing.port), hanging: hook(hanging.port) });
  worker = await workFor(cluster);
  // More than a worker tries at once through one channel.
  const told = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => tell('slow', id, ['hanging', 'failing']));
  await until(() => failing.heard.length === 10);
  expect(new Set(failing.heard.map(({ data }) => data.id)).size).toBe(8);
  expect(hanging.heard.length).toBeLessThanOrEqual(8);
  hanging.answer = undefined;
  await hanging.close();
  receivers.push(await startReceiver(secret, hanging.port));
  expect((await Promise.all(told)).flat().every(({ delivered }) => delivered)).toBe(true);
});

test('what cannot be delivered in time ends as failed, says where and why, and whoever wants no more is left alone', async () => {
  const [gone, broken, fine] = [await receive(), await receive(), await receive()];
  gone.answer = (response) => response.writeHead(410).end();
  // So much later that nobody waits for it: the second answer is the last.
  broken.answer = (response) => response.writeHead(503, { 'retry-after': broken.heard.length > 1 ? '20' : '1' }).end();
  const channels = { gone: hook(gone.port), broken: hook(broken.port), fine: hook(fine.port) };
  const cluster = await clusterWith('lost', channels);
  worker = await workFor(cluster);
  const failure = (await tell('lost', 'a', Object.keys(channels), { withinSeconds: 15 }).then(
    () => undefined,
    (error: unknown) => error,
  )) as { cause: { message: string; type: string } };
  expect(failure.cause.type).toBe('NotDelivered');
  expect(failure.cause.message).toMatch(/gone: webhook gone at http:\/\/127.0.0.1:\d+ answered 410 Gone/);
  expect(failure.cause.message).toMatch(/broken: .*answered 503 Service Unavailable/);
  expect(failure.cause.message).not.toMatch(/fine/);
  expect(gone.heard).toHaveLength(1);
  expect(broken.heard.length).toBeGreaterThan(1);
  expect(fine.heard).toHaveLength(1);
  await until(async () => (await tellings('lost'))['lost:x:a'] !== 'RUNNING');
  expect(await tellings('lost')).toEqual({ 'lost:x:a': 'FAILED' });
});

test('whoever tries a channel that no worker has is told so', async () => {
  const cluster = await clusterWith('unserved', {});
  worker = await workFor(cluster);
  expect(await tell('unserved', 'a', ['nobody'], { once: true })).toEqual([
    {
      channel: 'nobody',
      delivered: false,
      answer: 'no worker delivered it in time HINT: one must run whose cairn.yaml names channel nobody',
    },
  ]);
});

test('a channel hears only of the events that it names; nobody starts a workflow for what nobody wants to hear', async () => {
  const receiver = await receive();
  const cluster = await clusterWith('few', { ops: { ...hook(receiver.port), events: ['run.failed', 'alarm.raised'] } });
  worker = await workFor(cluster);
  await put(cluster, 'good', 'bad');
  await start(cluster, 'good');
  await untilState(stage, cluster.id, ({ tasks }) => tasks['good']!.status === 'Successful');
  cluster.script.errors = { dump: [new BackupError('denied', 'made to fail')] };
  await start(cluster, 'bad');
  await untilState(stage, cluster.id, ({ tasks }) => tasks['bad']!.status === 'Failed');
  await until(() => receiver.heard.length > 0);
  expect(shortOf(receiver)).toEqual(['bad run.failed']);
  expect(receiver.heard[0]!.data.reason).toContain('made to fail');
  await until(async () => Object.keys(await tellings(cluster.id)).length > 0);
  expect(Object.keys(await tellings(cluster.id))).toEqual(['few:bad:failed']);
});

test('of a cluster whose workflow is terminated again and again, every run is told of once, as started and as ended', async () => {
  const receiver = await receive();
  const cluster = await clusterWith('ended', { ops: hook(receiver.port) });
  worker = await workFor(cluster);
  const names = ['a', 'b', 'c', 'd'];
  await put(cluster, ...names);
  cluster.script.dumpMs = 700;
  for (const name of names) {
    await start(cluster, name);
    await stage.client.workflow.getHandle(workflowIds.cluster(cluster.id)).terminate('by mistake');
    expect(await rescueCluster(stage.client, cluster.id)).toBe('rescued');
  }
  await untilState(
    stage,
    cluster.id,
    ({ tasks, running, queue }) =>
      running === undefined && queue.length === 0 && names.every((name) => tasks[name]!.status === 'Successful'),
  );
  await until(() => receiver.heard.length >= 2 * names.length);
  await until(async () => Object.values(await tellings(cluster.id)).every((status) => status === 'COMPLETED'));
  expect(shortOf(receiver)).toEqual(names.flatMap((name) => [`${name} run.started`, `${name} run.successful`]));
});

test('a run that is terminated is told of as failed; an alarm is told of when it is raised and when it is cleared', async () => {
  const receiver = await receive();
  const cluster = await fakeCluster(
    stage,
    'alarms',
    { intervalSeconds: 0, latenessSeconds: 60 },
    { notifications: { ops: hook(receiver.port) }, version },
  );
  worker = await workFor(cluster);
  const period = { started: Math.ceil(Date.now() / 1000 + 1) * 1000, seconds: 3 };
  cluster.script.errors = { dump: [new BackupError('denied', 'made to fail')] };
  await ask(stage, cluster.id, {
    do: 'putTask',
    task: { ...folderTask(cluster.id, 'often'), mode: 'periodic', period },
  });
  const types = (task: string) =>
    new Set(receiver.heard.filter(({ data }) => data.task === task).map(({ type }) => type));
  await until(() => types('often').has('alarm.cleared'));
  await ask(stage, cluster.id, { do: 'lock', task: 'often' });
  await untilState(stage, cluster.id, ({ running }) => running === undefined);
  const [raised, cleared] = ['alarm.raised', 'alarm.cleared'].map((type) =>
    receiver.heard.find((one) => one.type === type),
  );
  expect(raised!.data).toMatchObject({ task: 'often', alarm: { id: '12034', title: 'Periodical Backup Failure' } });
  expect(cleared!.data.alarm).toEqual(raised!.data.alarm);

  cluster.script.dumpMs = 60_000;
  await put(cluster, 'long');
  await start(cluster, 'long');
  await untilState(stage, cluster.id, ({ running }) => running?.task === 'long');
  await stage.client.workflow.getHandle(workflowIds.run(cluster.id)).terminate('by hand');
  await until(() => types('long').has('run.failed'));
  expect(receiver.heard.find(({ type, data }) => type === 'run.failed' && data.task === 'long')!.data).toMatchObject({
    reason: expect.stringContaining('terminated by hand') as string,
    run: { kind: 'backup' },
  });
});

test('many tasks whose planned times were missed together are all told of, by one workflow that the cluster starts', async () => {
  const receiver = await receive();
  const cluster = await clusterWith('many', { ops: hook(receiver.port) });
  const hoursAgo = (hours: number) => Math.floor(Date.now() / 1000 - hours * 3600) * 1000;
  const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
  const period = { started: hoursAgo(9), seconds: 12 * 3600 };
  const state = names.reduce(
    (so, name) => {
      const task = { ...folderTask(cluster.id, name), mode: 'periodic' as const, period };
      const at = hoursAgo(10);
      return decide(so, { key: name, at, replyTo: 'nobody', order: { do: 'putTask', task } }, at).state;
    },
    newCluster(cluster.plugins.facts(cluster.id)),
  );
  await stage.client.workflow.start(workflowTypes.cluster, {
    workflowId: workflowIds.cluster(cluster.id),
    taskQueue: queues.control,
    args: [{ state, inbox: [] }],
  });
  worker = await workFor(cluster);
  await put(cluster, 'new');
  // It has started one workflow for all.
  const query = `WorkflowType = '${workflowTypes.notifyAll}' AND Cluster = '${cluster.id}'`;
  await until(async () => (await stage.client.workflow.count(query)).count === 1);
  await until(() => receiver.heard.length >= 40);
  expect(shortOf(receiver)).toEqual(names.flatMap((name) => [`${name} alarm.raised`, `${name} run.missed`]).sort());
});

describe('with a worker in a process of its own,', () => {
  let child: WorkerChild;
  afterEach(() => child?.kill());

  test('one that is killed in the middle of a delivery loses nothing', async () => {
    const receiver = await receive();
    receiver.answer = () => undefined;
    const cluster = await clusterWith('killed', { ops: hook(receiver.port) });
    child = await spawnWorker(cluster);
    const told = tell('killed', 'a', ['ops']);
    await until(() => receiver.heard.length === 1);
    await child.kill();
    receiver.answer = undefined;
    child = await spawnWorker(cluster);
    expect(await told).toEqual([{ channel: 'ops', delivered: true, answer: '204 No Content' }]);
    expect(receiver.heard.map(({ data }) => data.id)).toEqual(['killed:x:a', 'killed:x:a']);
  });

  test('neither a history nor its log holds a secret, or the path of an address', async () => {
    const [receiver, post] = [await receive(), await receiveMail()];
    receiver.answer = (response) => response.writeHead(403).end(secret);
    const wrong = mail(post.port);
    process.env['TEST_MAIL_PASSWORD'] = `${password}-wrong`;
    const cluster = await clusterWith('secret', { ops: hook(receiver.port), post: wrong });
    child = await spawnWorker(cluster, { options: {} });
    process.env['TEST_MAIL_PASSWORD'] = password;
    await put(cluster, 'daily');
    await start(cluster, 'daily');
    await expect(tell('secret', 'a', ['ops', 'post'], { withinSeconds: 4 })).rejects.toThrow();
    await untilState(stage, cluster.id, ({ tasks }) => tasks['daily']!.status === 'Successful');
    expect(post.mails).toEqual([]);
    let text = child.log();
    for await (const { events } of histories(stage.client)) text += textsOf(events).join('\n');
    // What is there shows that the search finds something.
    expect(text).toContain('answered 403 Forbidden');
    expect(text).toContain('535');
    for (const one of hidden) expect(text.includes(one)).toBe(false);
  });
});

test('what has been told in this test replays', async () => {
  const query = `WorkflowType IN ('${workflowTypes.notify}', '${workflowTypes.cluster}') AND ExecutionStatus != 'Running'`;
  const recorded = stage.client.workflow.list({ query }).intoHistories();
  let replayed = 0;
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, recorded)) {
    expect(error).toBeUndefined();
    replayed += 1;
  }
  expect(replayed).toBeGreaterThan(20);
});
