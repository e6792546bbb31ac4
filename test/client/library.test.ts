import { Client, Connection } from '@temporalio/client';
import { type Cairn, openCairn } from '../../client';
import { rescueCluster } from '../../client/rescue';
import { type ClusterState, newCluster } from '../../model/cluster-state';
import { queues, workflowIds } from '../../model/names';
import type { BackupTask } from '../../model/task';
import { patienceMs, soonMs } from '../kit/pauses';
import { fakeCluster, folderTask, workFor } from '../kit/stage';
import { openGround, type Ground, saying } from './cluster';

let ground: Ground;
let cairn: Cairn;
const notes: string[] = [];
beforeAll(async () => {
  ground = await openGround();
  cairn = await openCairn({ address: ground.stage.temporal.address, onNote: (text) => notes.push(text) });
  await cairn.apply([folderTask('c1', 'nn'), folderTask('c1', 'other')]);
});
afterAll(async () => {
  await cairn?.close();
  await ground?.close();
});

function clusterHandle() {
  return ground.stage.client.workflow.getHandle(workflowIds.cluster('c1'));
}

describe('a key', () => {
  it('asked twice starts one run, and gets the same answer', async () => {
    const [one, two] = await Promise.all([
      cairn.start('nn', { key: 'build-1' }),
      cairn.start('nn', { key: 'build-1' }),
    ]);
    expect(one).toEqual(two);
    await cairn.waitFor(one);
    expect(await cairn.start('nn', { key: 'build-1' })).toEqual(one);
    expect((await cairn.history('nn')).runs).toHaveLength(1);
  });

  it('asked for something else is a conflict', async () => {
    await expect(cairn.start('other', { key: 'build-1' })).rejects.toMatchObject({
      kind: 'conflict',
      what: 'key "build-1" stands for another request already (start nn)',
    });
  });

  it('that was refused is refused again', async () => {
    const refused = { kind: 'missing', context: { refusal: 'unknownTask' } };
    await expect(cairn.stop('late', { key: 'build-2' })).rejects.toMatchObject(refused);
    await cairn.apply([folderTask('c1', 'late')]);
    await expect(cairn.stop('late', { key: 'build-2' })).rejects.toMatchObject(refused);
  });

  it.each(['../x', '-x', 'a b', 'a\nb', '', 'x'.repeat(101)])('cannot be %j', async (key) => {
    await expect(cairn.start('nn', { key })).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('errors', () => {
  it('a namespace that is not there is missing, and named', async () => {
    const lost = await openCairn({ address: ground.stage.temporal.address, namespace: 'moon' });
    await expect(lost.clusters()).rejects.toMatchObject({ kind: 'missing', what: saying('has no namespace "moon"') });
    await lost.close();
  });

  it('a cluster that nobody knows is missing', async () => {
    await expect(cairn.start('nn', { cluster: 'nobody' })).rejects.toMatchObject({
      kind: 'missing',
      what: 'cluster "nobody" is not known',
    });
  });

  it('a refusal says which, with its hint apart', async () => {
    const error: unknown = await cairn.task('nobody').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      kind: 'missing',
      what: 'cluster c1 has no task "nobody"',
      context: { refusal: 'unknownTask', hint: '"cairn task list" shows what it has' },
    });
  });

  it('of apply tell of all tasks what became of them', async () => {
    const tooLarge: BackupTask = {
      ...folderTask('c1', 'large'),
      sources: Array.from({ length: 15 }, () => folderTask('c1').sources[0]!),
    };
    await expect(cairn.apply([tooLarge, folderTask('c1', 'small')])).rejects.toMatchObject({
      kind: 'invalid',
      context: {
        refusal: 'tooLarge',
        applied: [
          { task: 'large', did: 'refused' },
          { task: 'small', did: 'created' },
        ],
      },
    });
  });

  it('of a dry run of apply are those of apply, and nothing is changed', async () => {
    const tasks = [folderTask('c1', 'imagined'), { ...folderTask('c1', 'nn'), sources: [] }];
    const tooLarge = { ...folderTask('c1', 'large'), sources: Array.from({ length: 15 }, () => tasks[0]!.sources[0]!) };
    await expect(cairn.apply([...tasks, tooLarge], { dryRun: true, prune: true })).rejects.toMatchObject({
      kind: 'invalid',
      context: {
        refusal: 'tooLarge',
        applied: expect.arrayContaining([
          { cluster: 'c1', task: 'imagined', did: 'created' },
          expect.objectContaining({ task: 'nn', changes: [expect.objectContaining({ path: 'sources[0]' })] }),
          { cluster: 'c1', task: 'other', did: 'kept' },
        ]) as unknown,
      },
    });
    expect((await cairn.tasks()).map(({ name }) => name)).not.toContain('imagined');
    expect(await cairn.apply([folderTask('c1', 'nn')])).toMatchObject([{ did: 'unchanged' }]);
  });
});

it('a connection of your own stays open', async () => {
  const connection = await Connection.connect({ address: ground.stage.temporal.address });
  const own = await openCairn({ connection });
  expect(await own.clusters()).toMatchObject([{ id: 'c1' }]);
  await own.close();
  await expect(new Client({ connection }).workflow.count()).resolves.toBeDefined();
  await connection.close();
});

it('a history reaches further back than the ten runs that a cluster carries', async () => {
  await cairn.apply([folderTask('c1', 'often')]);
  const labels: string[] = [];
  for (let time = 0; time < 12; time += 1) labels.unshift((await cairn.waitFor(await cairn.start('often'))).label);
  expect((await cairn.task('often')).runs).toHaveLength(10);
  const { runs: history } = await cairn.history('often');
  expect(history.map(({ label }) => label)).toEqual(labels);
  expect(history[11]).toMatchObject({ outcome: 'Successful', trigger: 'manual' });
  expect(history[11]).toMatchObject({
    bytes: expect.any(Number) as number,
    sets: [{ source: 'nameNode', target: { kind: 'localDir' } }],
  });
  expect((await cairn.history('often', { limit: 11 })).runs).toHaveLength(11);
});

describe('rescue', () => {
  it('of a cluster that runs does nothing', async () => {
    const { runId } = await clusterHandle().describe();
    expect(await cairn.rescue('c1')).toBe('running');
    expect((await clusterHandle().describe()).runId).toBe(runId);
  });

  it('brings a terminated one back with its tasks, and with what it had been told', async () => {
    await ground.worker.stop();
    await clusterHandle().signal('command', {
      key: 'unheard',
      at: Date.now(),
      replyTo: 'nobody',
      order: { do: 'putTask', task: folderTask('c1', 'unheard') },
    });
    await clusterHandle().terminate('by mistake');
    expect(await cairn.clusters()).toMatchObject([{ id: 'c1', running: false }]);
    await expect(cairn.start('nn', { cluster: 'c1' })).rejects.toMatchObject({
      kind: 'precondition',
      context: { hint: saying('cairn cluster rescue c1') },
    });
    expect(await cairn.check('c1')).toMatchObject({
      workflow: 'TERMINATED',
      problems: [saying('cairn cluster rescue c1')],
    });

    expect(await cairn.rescue('c1')).toBe('rescued');
    ground.worker = await workFor(ground.cluster);
    const names = (await cairn.tasks('c1')).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['nn', 'often', 'unheard']));
  });

  it('of one that nobody knows does nothing, unless it is told what to start from', async () => {
    const { client } = ground.stage;
    expect(await cairn.rescue('fresh')).toBe('unknown');
    const state = newCluster({ ...ground.cluster.plugins.facts('c1'), id: 'fresh' });
    expect(await rescueCluster(client, 'fresh', { state, inbox: [] })).toBe('started');
    expect(await rescueCluster(client, 'fresh', { state, inbox: [] })).toBe('running');
    await client.workflow.getHandle(workflowIds.cluster('fresh')).terminate();
  });

  it('by several at once starts one', async () => {
    await clusterHandle().terminate('again');
    const did = await Promise.all([1, 2, 3].map(() => cairn.rescue('c1')));
    expect(did.filter((one) => one === 'rescued')).toHaveLength(1);
    expect(did.filter((one) => one === 'running')).toHaveLength(2);
  });
});

describe('without a worker', () => {
  beforeAll(async () => {
    await ground.worker.stop();
    notes.length = 0;
  });

  /** What was thrown, and after how long. */
  async function failure(work: Promise<unknown>) {
    const begin = Date.now();
    const error: unknown = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { error, took: Date.now() - begin };
  }

  it('a start says so soon, and the request stands until one comes', async () => {
    const { error, took } = await failure(cairn.start('nn', { cluster: 'c1', key: 'patient' }));
    expect(error).toMatchObject({
      kind: 'unavailable',
      what: 'no worker serves namespace "default" of this Temporal',
      context: { hint: saying('the request stands') },
    });
    expect(took).toBeLessThan(soonMs);
    ground.worker = await workFor(ground.cluster);
    expect(await cairn.start('nn', { cluster: 'c1', key: 'patient' })).toMatchObject({ task: 'nn', key: 'patient' });
    expect(await cairn.waitFor({ cluster: 'c1', task: 'nn', key: 'patient' })).toMatchObject({ outcome: 'Successful' });
    await ground.worker.stop();
  });

  it('sets are not listed, and that is said soon', async () => {
    const { error, took } = await failure(cairn.sets({ cluster: 'c1' }));
    expect(error).toMatchObject({ kind: 'unavailable' });
    expect(took).toBeLessThan(soonMs);
  });

  it('tasks are told as they were known last, and that is said', async () => {
    expect((await cairn.tasks('c1')).map(({ name }) => name)).toEqual(expect.arrayContaining(['nn', 'unheard']));
    expect(notes).toContainEqual(saying('no worker answers now; this is what was known last'));
  });

  it('the check of a cluster says so', async () => {
    expect((await cairn.check('c1')).problems).toContainEqual(saying('does not answer'));
  });

  it('that never was there, the check names the queues that nobody serves', async () => {
    const { client } = ground.stage;
    const state = newCluster({
      ...ground.cluster.plugins.facts('c1'),
      id: 'empty',
      hosts: ['lost-host'],
      localBackupHosts: [],
    });
    await rescueCluster(client, 'empty', { state, inbox: [] });
    expect(await cairn.check('empty')).toMatchObject({
      served: expect.arrayContaining([{ queue: queues.host('lost-host'), served: false }]) as unknown,
      warnings: expect.arrayContaining([saying('no worker serves host/lost-host any more')]) as unknown,
    });
  });
});

it('a workflow that a worker cannot go on with is reported as stuck', async () => {
  const config = await fakeCluster(ground.stage, 'c1');
  const facts = { ...config.plugins.facts('c1'), id: 'spoilt' };
  const { queue: _lost, ...rest } = newCluster(facts);
  await rescueCluster(ground.stage.client, 'spoilt', { state: rest as ClusterState, inbox: [] });
  ground.worker = await workFor(config, {});
  const deadline = Date.now() + patienceMs;
  for (
    let found = await cairn.check('spoilt');
    !found.problems.some((text) => text.includes('is stuck'));
    found = await cairn.check('spoilt')
  )
    if (Date.now() > deadline) throw new Error(`not stuck: ${JSON.stringify(found)}`);
});
