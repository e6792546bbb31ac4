import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { openCairn } from '../../client';
import type { ClusterState, MirrorState } from '../../model/cluster-state';
import { BackupError } from '../../model/errors';
import type { RunningWorker } from '../../workers/run-worker';
import { type Mirrored, mirroredCluster } from '../kit/mirrored';
import { spawnWorker } from '../kit/worker-child';
import { noise } from '../sets/fixture';
import { ask, type FakeCluster, folderTask, openStage, type Stage, stateOf, untilState, workFor } from '../kit/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());
/** Clusters here have hosts of their own, but one control queue. */
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
});

const workers: RunningWorker[] = [];

async function work(host: FakeCluster): Promise<RunningWorker> {
  const worker = await workFor(host);
  workers.push(worker);
  return worker;
}

async function backUp({ id }: Mirrored, task = 'nn'): Promise<void> {
  const before = (await stateOf(stage, id)).tasks[task]?.runs.length ?? 0;
  await ask(stage, id, { do: 'start', task, trigger: 'manual' });
  const ran = await untilState(stage, id, ({ tasks }) => (tasks[task]?.runs.length ?? 0) > before);
  expect(ran.tasks[task]).toMatchObject({ status: 'Successful' });
}

function mirrorOf({ mirrors }: ClusterState, host: string): MirrorState {
  return mirrors![host]!;
}

const isEqual = (host: string) => (state: ClusterState) => {
  const { behind, since, of, again } = mirrorOf(state, host);
  return behind === 0 && since === undefined && of !== undefined && again === undefined;
};
const alarms = ({ alarms }: ClusterState) => alarms.filter(({ id }) => id === '12011');

/** Also of the manager, whose folder has another name. */
test.each(['equal', 'oms'])(
  'what a run of %s makes and removes on the active host, the standby one has, too',
  async (id) => {
    const cluster = await mirroredCluster(stage, id);
    for (const host of cluster.hosts) await work(host);
    await ask(stage, id, { do: 'putTask', task: folderTask(id, 'nn', 2) });
    for (let run = 1; run <= 3; run += 1) {
      await backUp(cluster);
      await untilState(stage, id, isEqual(`${id}-2`));
      expect(await cluster.sets(1)).toEqual(await cluster.sets(0));
      expect(await cluster.sets(1)).toHaveLength(Math.min(run, 2));
    }
    const state = await stateOf(stage, id);
    expect(alarms(state)).toEqual([]);
    expect(mirrorOf(state, `${id}-1`)).toMatchObject({ of: `${id}-1`, behind: 0 });
  },
);

test('a standby host that is away costs no run; the alarm stands until it is back and equal', async () => {
  const cluster = await mirroredCluster(stage, 'away');
  await work(cluster.hosts[0]!);
  let second: RunningWorker = await work(cluster.hosts[1]!);
  await ask(stage, 'away', { do: 'putTask', task: folderTask('away') });
  await backUp(cluster);
  await untilState(stage, 'away', isEqual('away-2'));

  await second.stop();
  await backUp(cluster);
  const raised = await untilState(stage, 'away', (state) => alarms(state).length > 0);
  expect(alarms(raised)).toMatchObject([
    { text: expect.stringMatching(/away-2 .*away-1: no worker runs on away-2/) as string },
  ]);
  expect(mirrorOf(raised, 'away-2')).toMatchObject({ behind: 1, since: expect.any(Number) as number });
  expect(await cluster.sets(1)).toHaveLength(1);

  second = await work(cluster.hosts[1]!);
  expect(alarms(await untilState(stage, 'away', isEqual('away-2')))).toEqual([]);
  expect(await cluster.sets(1)).toEqual(await cluster.sets(0));
});

test('when the active host is lost the next one serves; nothing is lost when the first one is back', async () => {
  const cluster = await mirroredCluster(stage, 'lost');
  const first = await work(cluster.hosts[0]!);
  await work(cluster.hosts[1]!);
  await ask(stage, 'lost', { do: 'putTask', task: folderTask('lost', 'nn', 2) });
  for (let run = 1; run <= 2; run += 1) await backUp(cluster);
  await untilState(stage, 'lost', isEqual('lost-2'));
  const before = await cluster.names(0);

  await first.stop();
  await stage.temporal.restart();
  await backUp(cluster);
  expect(await cluster.names(0)).toEqual(before);
  const made = await cluster.names(1);
  expect(made).toEqual([before[1], expect.stringContaining('lost/nn_')]);
  await serves(cluster);
  const raised = await untilState(stage, 'lost', (state) => alarms(state).length > 0);
  expect(alarms(raised)[0]!.text).toMatch(/LocalBackup of lost-1 is not equal to that of lost-2/);
  expect(raised.mirrors).toMatchObject({ 'lost-1': { behind: 1 }, 'lost-2': { behind: 0, of: 'lost-2' } });

  await work(cluster.hosts[0]!);
  // A look that began before the worker had come may still report that there is none: the next one clears the alarm again.
  const areEqual = (state: ClusterState) =>
    isEqual('lost-2')(state) && isEqual('lost-1')(state) && alarms(state).length === 0;
  await untilState(stage, 'lost', areEqual);
  expect(await cluster.names(0)).toEqual([before[0], ...made]);
  expect(await cluster.sets(1)).toEqual(await cluster.sets(0));

  await backUp(cluster);
  await untilState(stage, 'lost', isEqual('lost-2'));
  expect(await cluster.names(0)).toEqual([made[1], expect.stringContaining('lost/nn_')]);
  expect(await cluster.sets(1)).toEqual(await cluster.sets(0));
});

/** The second host, alone: its sets are listed, verified and restored. */
async function serves({ id, hosts, names }: Mirrored): Promise<void> {
  const notes: string[] = [];
  const cairn = await openCairn({ address: stage.temporal.address, onNote: (note) => void notes.push(note) });
  try {
    const sets = (await cairn.sets({ cluster: id })).map(({ name }) => name);
    expect(sets).toEqual(await names(1));
    expect(notes.join()).toMatch(/no worker runs on lost-1: .* those of its mirror on lost-2/);
    expect((await cairn.verify({ cluster: id, names: sets })).map(({ problems }) => problems)).toEqual([[], []]);
    await writeFile(join(hosts[0]!.data, 'image'), 'changed since');
    await cairn.restorations.create('back', { cluster: id, run: 'nn@latest' });
    const result = await cairn.waitFor(await cairn.restorations.start('back', { cluster: id }));
    expect(result).toMatchObject({ outcome: 'Successful', parts: [{ set: sets.at(-1) }] });
    expect(await readFile(join(hosts[0]!.data, 'image'), 'utf8')).toBe('data of lost');
    const { problems, warnings } = await cairn.check(id);
    expect(problems).toEqual(expect.arrayContaining([expect.stringContaining('no worker serves host/lost-1')]));
    expect(problems.join()).not.toContain('12011');
    expect(warnings.join()).toMatch(/ALM-12011|behind/);
  } finally {
    await cairn.close();
  }
}

test('sets that the active host has lost come back to it, and damaged ones of the standby host are fetched anew', async () => {
  const cluster = await mirroredCluster(stage, 'disk');
  const workers = [await work(cluster.hosts[0]!), await work(cluster.hosts[1]!)];
  await ask(stage, 'disk', { do: 'putTask', task: folderTask('disk') });
  await backUp(cluster);
  await backUp(cluster);
  await untilState(stage, 'disk', isEqual('disk-2'));
  const whole = await cluster.sets(0);

  await workers[1]!.stop();
  const [first, second] = cluster.hosts.map(({ localBackup }) => localBackup) as [string, string];
  await rm(join(first, 'disk'), { recursive: true });
  await writeFile(join(second, `${whole[0]!.name}.manifest.json`), 'damaged');
  await work(cluster.hosts[1]!);
  await untilState(stage, 'disk', (state) => mirrorOf(state, 'disk-2').reason?.includes('damaged') === true);
  expect(await cluster.names(0)).toEqual([whole[1]!.name]);
});

test('an active host that has lost its sets, and made a new one since, gets them all back', async () => {
  const cluster = await mirroredCluster(stage, 'emptied');
  for (const host of cluster.hosts) await work(host);
  await ask(stage, 'emptied', { do: 'putTask', task: folderTask('emptied') });
  for (let run = 1; run <= 3; run += 1) await backUp(cluster);
  await untilState(stage, 'emptied', isEqual('emptied-2'));
  const before = await cluster.names(0);

  await rm(join(cluster.hosts[0]!.localBackup, 'emptied'), { recursive: true });
  await backUp(cluster);
  await untilState(stage, 'emptied', isEqual('emptied-2'));
  expect(await cluster.names(0)).toEqual([...before, expect.stringContaining('emptied/nn_')]);
  expect(await cluster.sets(1)).toEqual(await cluster.sets(0));
});

/** Passes on what the first host serves, but as long as it stalls only so many bytes of each connection. */
async function stalling(port: number, bytes: number) {
  const gate = {
    port: 0,
    stalls: true,
    stalled: 0,
    close: () => void server.close(),
    cut: () => sockets.forEach((one) => one.destroy()),
  };
  const sockets = new Set<Socket>();
  const passOn = (client: Socket) => {
    const upstream = connect(port, '127.0.0.1');
    sockets.add(client).add(upstream);
    let passed = 0;
    client.once('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(upstream);
    upstream.on('data', (piece: Buffer) => {
      passed += piece.length;
      client.write(piece);
      if (!gate.stalls || passed <= bytes) return;
      upstream.pause();
      gate.stalled += 1;
    });
  };
  const server = createServer(passOn);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gate.port = (server.address() as AddressInfo).port;
  return gate;
}

test('an active host that is killed while its set is fetched leaves no half set; it is fetched when the host is back', async () => {
  let gate: Awaited<ReturnType<typeof stalling>>;
  const before = async (port: number) => (gate = await stalling(port, 1_000_000)).port;
  const cluster = await mirroredCluster(stage, 'killed', { before });
  await writeFile(join(cluster.hosts[0]!.data, 'image'), noise(4_000_000));
  const first = await spawnWorker(cluster.hosts[0]!);
  await work(cluster.hosts[1]!);
  await ask(stage, 'killed', { do: 'putTask', task: folderTask('killed') });
  await backUp(cluster);
  while (gate!.stalled === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await first.kill();
  gate!.cut();
  gate!.stalls = false;
  await untilState(stage, 'killed', (state) => alarms(state).length > 0);
  expect(await cluster.sets(1)).toEqual([]);

  const again = await spawnWorker(cluster.hosts[0]!);
  expect(alarms(await untilState(stage, 'killed', isEqual('killed-2')))).toEqual([]);
  expect(await cluster.sets(1)).toEqual(await cluster.sets(0));
  const [folder] = await readdir(join(cluster.hosts[1]!.localBackup, 'killed')).then((all) =>
    all.filter((one) => !one.startsWith('.')),
  );
  expect(await readdir(join(cluster.hosts[1]!.localBackup, 'killed', folder!))).toHaveLength(2);
  await again.stop();
  gate!.close();
});

test('a standby host whose disk is full fails no run; the alarm says so, and is cleared once there is room', async () => {
  const cluster = await mirroredCluster(stage, 'full');
  const [first, second] = cluster.hosts as [FakeCluster, FakeCluster];
  let isFull = true;
  const openTarget: typeof second.plugins.openTarget = (id, spec) => {
    const opened = second.plugins.openTarget(id, spec);
    const put: typeof opened.target.put = (name, body, control) =>
      isFull && name.endsWith('.tar.gz')
        ? Promise.reject(new BackupError('full', `could not store ${name}: the disk is full`))
        : opened.target.put(name, body, control);
    return { ...opened, target: { ...opened.target, put } };
  };
  await work(first);
  await work({ ...second, plugins: { ...second.plugins, openTarget } });
  await ask(stage, 'full', { do: 'putTask', task: folderTask('full') });
  await backUp(cluster);
  const isFullAlarm = ({ text }: { text: string }) => /full-2 .*the disk is full/.test(text);
  const raised = await untilState(stage, 'full', (state) => alarms(state).some(isFullAlarm));
  expect(mirrorOf(raised, 'full-2').behind).toBe(1);
  isFull = false;
  expect(alarms(await untilState(stage, 'full', isEqual('full-2')))).toEqual([]);
  expect(await cluster.sets(1)).toEqual(await cluster.sets(0));
});
