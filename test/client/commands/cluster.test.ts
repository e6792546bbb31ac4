import { workflowIds } from '../../../model/names';
import { stateOf, untilState, workFor } from '../../kit/stage';
import { openGround, type Ground, saying, taskNamed, untilListed } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
  await untilListed(ground, 1);
});
afterAll(() => ground?.close());

const away = {
  ...taskNamed('away'),
  mode: 'periodic',
  started: '2999-01-01T22:00:00Z',
  period: { days: 1 },
  sources: [{ source: 'nameNode', target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' } }],
};

describe('cluster', () => {
  it('list shows each with what it does', async () => {
    const { json } = await ground.cairn('cluster list --json');
    expect(json()).toContainEqual(
      expect.objectContaining({ id: 'c1', running: true, version: '3.3.0', hosts: ['test-host'], waiting: 0 }),
    );
  });

  it('check of a well one ends with 0; that its metadata goes to no third party is a warning, until it does', async () => {
    const advice = 'warning: ALM-12057: no periodic task backs up nameNode to a third-party server';
    await untilState(ground.stage, 'c1', ({ alarms }) => alarms.length === 1);
    expect(await ground.cairn('cluster check c1')).toMatchObject({ code: 0, stdout: saying(advice) });
    await ground.cairn('apply -f -', { stdin: JSON.stringify({ tasks: [away] }) });
    expect(await ground.cairn('cluster check c1')).toMatchObject({ code: 0, stdout: saying('all is well') });
  });

  it('rescue of one that runs says so; of one that nobody knows it ends with 10', async () => {
    expect(await ground.cairn('cluster rescue c1')).toMatchObject({ code: 0, stdout: 'cluster c1 runs already\n' });
    expect((await ground.cairn('cluster rescue nobody')).code).toBe(10);
    expect((await ground.cairn('cluster check nobody')).code).toBe(10);
  });
});

describe('cluster remove', () => {
  const periodic = { ...taskNamed('hourly'), mode: 'periodic', started: '2999-01-01T00:00:00Z', period: { hours: 1 } };
  let set: string;

  beforeAll(async () => {
    await ground.cairn('apply -f -', { stdin: JSON.stringify({ tasks: [taskNamed('nightly'), periodic] }) });
    set = await ground.backUp('nightly');
  });

  it('asks first, and says what goes', async () => {
    expect(await ground.cairn('cluster remove c1')).toMatchObject({
      code: 2,
      stderr: saying('with it go 3 tasks: away, hourly, nightly HINT: --yes'),
    });
    expect((await ground.cairn('cluster remove nobody --yes')).code).toBe(10);
  });

  it('is refused while a task runs', async () => {
    ground.cluster.script.dumpMs = 60_000;
    await ground.cairn('task start nightly');
    expect(await ground.cairn('cluster remove c1 --yes')).toMatchObject({
      code: 11,
      stderr: saying('task "nightly" runs or waits in cluster c1 HINT: let it end, or stop it'),
    });
    await ground.cairn('task stop nightly');
    delete ground.cluster.script.dumpMs;
    await untilState(ground.stage, 'c1', ({ running }) => running === undefined);
  });

  it('ends its workflow, its tasks and their schedules; nobody knows it any more', async () => {
    const { client } = ground.stage;
    await untilState(ground.stage, 'c1', ({ unsynced }) => unsynced === undefined);
    expect(await ground.cairn('cluster remove c1 --yes')).toMatchObject({
      code: 0,
      stdout: saying('cluster c1: removed; its sets stay; 3 tasks are gone'),
    });
    await client.workflow.getHandle(workflowIds.cluster('c1')).result();
    await expect(client.schedule.getHandle(workflowIds.schedule('c1', 'hourly')).describe()).rejects.toThrow();
    for (const line of ['task list --cluster c1', 'cluster check c1', 'cluster rescue c1', 'cluster remove c1 --yes'])
      expect({ line, code: (await ground.cairn(line)).code }).toEqual({ line, code: 10 });
  });

  it('leaves its sets; a worker that still names it brings it again, without tasks', async () => {
    await ground.worker.stop();
    ground.worker = await workFor(ground.cluster);
    expect(Object.keys((await stateOf(ground.stage, 'c1')).tasks)).toEqual([]);
    expect((await ground.cairn('sets list --target localDir --cluster c1')).stdout).toContain(set);
  });
});
