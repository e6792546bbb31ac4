import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { Context } from '@temporalio/activity';
import { type ScheduleDescription, ScheduleNotFoundError, type ScheduleUpdateOptions } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import type { ClusterState } from '../../model/cluster-state';
import { parseShortRun } from '../../model/cluster-state';
import { timeOf } from '../../model/label';
import { workflowTypes } from '../../model/messages';
import { workflowIds } from '../../model/names';
import { parseNotRun, type Period } from '../../model/period';
import type { BackupTask } from '../../model/task';
import type { RunningWorker } from '../../workers/run-worker';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  stateOf,
  taskAlarms,
  untilState,
  workFor,
} from '../kit/stage';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(async () => {
  await stage?.close();
});

/** Short ones, which only tests may have: the file that people apply knows hours and days. */
const short = { intervalSeconds: 1, latenessSeconds: 20, checkSeconds: 3, requestSeconds: 30 };

function periodicTask(cluster: string, name: string, seconds: number, startsIn = 2000): BackupTask {
  const started = Math.ceil((Date.now() + startsIn) / 1000) * 1000;
  return { ...folderTask(cluster, name), mode: 'periodic', period: { started, seconds } };
}

async function put(cluster: FakeCluster, task: BackupTask): Promise<void> {
  expect(await ask(stage, cluster.id, { do: 'putTask', task })).toMatchObject({ accepted: true });
}

/** Whose worker has gone, others' workers would run its tasks with what is theirs. */
async function end(cluster: FakeCluster, worker: RunningWorker): Promise<void> {
  const { tasks } = await stateOf(stage, cluster.id);
  const periodic = Object.keys(tasks).filter(
    (name) => tasks[name]!.spec.kind === 'backup' && 'period' in tasks[name]!.spec,
  );
  for (const task of periodic) await ask(stage, cluster.id, { do: 'lock', task });
  for (const task of periodic) await untilSchedule(cluster, task, (paused) => paused);
  await untilState(stage, cluster.id, ({ running }) => running === undefined);
  await worker.stop();
}

const scheduleOf = (cluster: FakeCluster, task: string) =>
  stage.client.schedule.getHandle(workflowIds.schedule(cluster.id, task));

/** The schedule once the server has it as wanted; it takes changes over a moment late. */
async function untilSchedule(cluster: FakeCluster, task: string, wanted: (paused: boolean, every: number) => boolean) {
  return await untilFound(cluster, task, ({ state, spec }) => wanted(state.paused, Number(spec.intervals?.[0]?.every)));
}

async function untilFound(cluster: FakeCluster, task: string, wanted: (found: ScheduleDescription) => boolean) {
  for (let time = 0; time < 200; time += 1) {
    const found = await scheduleOf(cluster, task)
      .describe()
      .catch(() => undefined);
    if (found && wanted(found)) return found;
    await sleep(100);
  }
  throw new Error(`the schedule of ${task} is not as wanted`);
}

async function untilNoSchedule(cluster: FakeCluster, task: string): Promise<void> {
  for (let time = 0; time < 200; time += 1) {
    const error: unknown = await scheduleOf(cluster, task)
      .describe()
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    if (error instanceof ScheduleNotFoundError) return;
    await sleep(100);
  }
  throw new Error(`the schedule of ${task} is still there`);
}

const runsOf = (state: ClusterState, task: string) => state.tasks[task]!.runs.map(parseShortRun);

test('a periodic task runs by itself, on its grid, and makes its sets', async () => {
  const cluster = await fakeCluster(stage, 'grid', short);
  const worker = await workFor(cluster);
  const task = periodicTask('grid', 'often', 3);
  await put(cluster, task);
  const state = await untilState(stage, 'grid', (now) => runsOf(now, 'often').length >= 3);
  for (const { label, outcome, trigger } of runsOf(state, 'often')) {
    expect([outcome, trigger]).toEqual(['Successful', 'schedule']);
    // It starts after its planned time, and before the next one.
    expect(timeOf(label)).toBeGreaterThanOrEqual(task.period!.started);
  }
  const found = await untilSchedule(cluster, 'often', (paused) => !paused);
  expect(found.action).toMatchObject({ workflowType: 'request', taskQueue: 'control' });
  await end(cluster, worker);
});

test('locked it stops, also in the schedule; unlocked it goes on, and what passed is no concern of it', async () => {
  const cluster = await fakeCluster(stage, 'lock', short);
  const worker = await workFor(cluster);
  await put(cluster, periodicTask('lock', 'often', 2));
  await untilState(stage, 'lock', (now) => runsOf(now, 'often').length >= 1);
  expect(await ask(stage, 'lock', { do: 'lock', task: 'often', reason: 'upgrade' })).toMatchObject({ accepted: true });
  const paused = await untilSchedule(cluster, 'often', (isPaused) => isPaused);
  expect(paused.state.note).toBe('locked: upgrade');
  const idle = await untilState(stage, 'lock', (now) => now.running === undefined && now.queue.length === 0);
  await sleep(6000);
  expect(runsOf(await stateOf(stage, 'lock'), 'often')).toEqual(runsOf(idle, 'often'));
  expect(await ask(stage, 'lock', { do: 'unlock', task: 'often' })).toMatchObject({ accepted: true, did: 'unlocked' });
  const on = await untilState(stage, 'lock', (now) => runsOf(now, 'often').length > runsOf(idle, 'often').length);
  expect(taskAlarms(on)).toEqual([]);
  await end(cluster, worker);
});

test('a schedule follows its task: another period, manual, deleted', async () => {
  const cluster = await fakeCluster(stage, 'follow', short);
  const worker = await workFor(cluster);
  const task = periodicTask('follow', 'daily', 86_400, 60_000);
  await put(cluster, task);
  await untilSchedule(cluster, 'daily', (_, every) => every === 86_400_000);
  await put(cluster, { ...task, period: { ...(task.period as Period), seconds: 3600 } });
  await untilSchedule(cluster, 'daily', (_, every) => every === 3_600_000);
  await put(cluster, folderTask('follow', 'daily'));
  await untilNoSchedule(cluster, 'daily');
  await put(cluster, task);
  await untilSchedule(cluster, 'daily', (_, every) => every === 86_400_000);
  await ask(stage, 'follow', { do: 'deleteTask', task: 'daily' });
  await untilNoSchedule(cluster, 'daily');
  await end(cluster, worker);
});

test('schedules that the server lost, that somebody paused or changed, and foreign ones are put right by themselves', async () => {
  const cluster = await fakeCluster(stage, 'repair', short);
  const worker = await workFor(cluster);
  for (const name of ['lost', 'lostLocked', 'paused', 'changed'])
    await put(cluster, periodicTask('repair', name, 86_400, 60_000));
  await ask(stage, 'repair', { do: 'lock', task: 'lostLocked' });
  for (const name of ['lost', 'paused', 'changed']) await untilSchedule(cluster, name, (paused) => !paused);
  await untilSchedule(cluster, 'lostLocked', (paused) => paused);

  await scheduleOf(cluster, 'lost').delete();
  await scheduleOf(cluster, 'lostLocked').delete();
  await scheduleOf(cluster, 'paused').pause('by hand');
  await scheduleOf(cluster, 'changed').update((now) => ({ ...now, spec: { intervals: [{ every: '1 hour' }] } }));
  const { action } = await scheduleOf(cluster, 'paused').describe();
  await stage.client.schedule.create({
    scheduleId: workflowIds.schedule('repair', 'foreign'),
    spec: { intervals: [{ every: '1 day' }] },
    action: { ...action, workflowId: 'request/repair/foreign' },
    typedSearchAttributes: (await scheduleOf(cluster, 'paused').describe()).typedSearchAttributes,
  });

  await untilSchedule(cluster, 'lost', (paused) => !paused);
  await untilSchedule(cluster, 'lostLocked', (paused) => paused);
  await untilSchedule(cluster, 'paused', (paused) => !paused);
  await untilSchedule(cluster, 'changed', (_, every) => every === 86_400_000);
  await untilNoSchedule(cluster, 'foreign');
  await end(cluster, worker);
});

type Change = (now: ScheduleDescription) => ScheduleUpdateOptions;

/** By hand, in the Temporal UI; or by a version of cairn that asks in another way. */
const changes: { readonly [what: string]: Change } = {
  anotherWorkflow: (now) => ({ ...now, action: { ...now.action, workflowType: 'another' } }),
  anotherQueue: (now) => ({ ...now, action: { ...now.action, taskQueue: 'nobody' } }),
  anotherId: (now) => ({ ...now, action: { ...now.action, workflowId: 'another' } }),
  noInput: (now) => ({ ...now, action: { ...now.action, args: [] } }),
  anotherInput: (now) => ({ ...now, action: { ...now.action, args: [{ cluster: 'byOthers', key: '', order: {} }] } }),
  anotherTimeout: (now) => ({ ...now, action: { ...now.action, workflowExecutionTimeout: '1 day' } }),
  overlap: (now) => ({ ...now, policies: { ...now.policies, overlap: 'BUFFER_ALL' } }),
  pauseOnFailure: (now) => ({ ...now, policies: { ...now.policies, pauseOnFailure: true } }),
  catchupWindow: (now) => ({ ...now, policies: { ...now.policies, catchupWindow: '1 day' } }),
  jitter: (now) => ({ ...now, spec: { ...now.spec, jitter: '30 minutes' } }),
  skip: (now) => ({ ...now, spec: { ...now.spec, skip: [{ hour: '*' }] } }),
  calendar: (now) => ({ ...now, spec: { ...now.spec, calendars: [{ hour: 3 }] } }),
  interval: (now) => ({ ...now, spec: { ...now.spec, intervals: [...now.spec.intervals!, { every: '1 day' }] } }),
  end: (now) => ({ ...now, spec: { ...now.spec, endAt: now.spec.startAt! } }),
  noStart: ({ spec: { startAt: _start, ...spec }, ...now }) => ({ ...now, spec }),
  noActionLeft: (now) => ({ ...now, state: { ...now.state, remainingActions: 0 } }),
};

/** Their schedules as cairn makes them. They start a day later, so that none runs while it is looked at. */
async function putAll(cluster: FakeCluster, names: readonly string[]): Promise<Record<string, ScheduleDescription>> {
  await Promise.all(names.map((name) => put(cluster, periodicTask(cluster.id, name, 86_400, 86_400_000))));
  const made = names.map(async (name) => [name, await untilSchedule(cluster, name, (paused) => !paused)] as const);
  return Object.fromEntries(await Promise.all(made));
}

/** All that can be set of it. */
function contentsOf({ spec, action, policies, state, typedSearchAttributes }: ScheduleDescription) {
  return { spec, action, policies, state, typedSearchAttributes };
}

const wasChanged = ({ info }: ScheduleDescription, before: ScheduleDescription) =>
  info.lastUpdatedAt !== undefined || info.createdAt.getTime() !== before.info.createdAt.getTime();

async function untilAsBefore(cluster: FakeCluster, task: string, before: ScheduleDescription): Promise<void> {
  await untilFound(
    cluster,
    task,
    (now) => wasChanged(now, before) && isDeepStrictEqual(contentsOf(now), contentsOf(before)),
  );
}

/** Until all schedules have been looked at so often from now on. */
async function untilChecked(cluster: FakeCluster, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const { checked = 0 } = await stateOf(stage, cluster.id);
    await untilState(stage, cluster.id, (now) => (now.checked ?? 0) > checked);
  }
}

test('whatever somebody changes of a schedule by hand is put right, and what is right is left alone', async () => {
  const cluster = await fakeCluster(stage, 'byOthers', short);
  const worker = await workFor(cluster);
  const before = await putAll(cluster, ['right', ...Object.keys(changes)]);
  for (const [name, change] of Object.entries(changes)) await scheduleOf(cluster, name).update(change);
  for (const name of Object.keys(changes)) await untilAsBefore(cluster, name, before[name]!);

  const mended = await Promise.all(Object.keys(before).map((name) => scheduleOf(cluster, name).describe()));
  await untilChecked(cluster, 3);
  for (const { scheduleId, info } of mended) {
    const now = await stage.client.schedule.getHandle(scheduleId).describe();
    expect([scheduleId, now.info.lastUpdatedAt]).toEqual([scheduleId, info.lastUpdatedAt]);
  }
  expect(wasChanged(await scheduleOf(cluster, 'right').describe(), before['right']!)).toBe(false);
  await worker.stop();
});

test('a schedule whose input nobody can read is made anew, and keeps no other from being put right', async () => {
  const cluster = await fakeCluster(stage, 'unreadable', short);
  const worker = await workFor(cluster);
  const before = await putAll(cluster, ['unreadable', 'queue']);
  await makeUnreadable(before['unreadable']!);
  await scheduleOf(cluster, 'queue').update(changes['anotherQueue']!);
  for (const name of ['unreadable', 'queue']) await untilAsBefore(cluster, name, before[name]!);
  await worker.stop();
});

/** In an encoding of which nobody here knows. */
async function makeUnreadable({ scheduleId, raw: { schedule } }: ScheduleDescription): Promise<void> {
  const { startWorkflow } = schedule!.action!;
  const payloads = [{ metadata: { encoding: Buffer.from('binary/unknown') }, data: Buffer.from('{') }];
  await stage.client.workflowService.updateSchedule({
    namespace: stage.temporal.namespace,
    scheduleId,
    schedule: { ...schedule, action: { startWorkflow: { ...startWorkflow, input: { payloads } } } },
  });
}

test('a foreign schedule that is not marked as of its cluster is found by its name, that of another cluster stays', async () => {
  const cluster = await fakeCluster(stage, 'named', short);
  const worker = await workFor(cluster);
  const other = await fakeCluster(stage, 'named-2', short);
  await putAll(cluster, ['own']);
  await makeForeign(other, 'foreign', false);
  await makeForeign(cluster, 'foreign', false);
  await untilNoSchedule(cluster, 'foreign');
  await untilChecked(cluster, 2);
  const found = await untilSchedule(cluster, 'own', (paused) => !paused);
  expect(found.info.lastUpdatedAt).toBeUndefined();
  await untilSchedule(other, 'foreign', (paused) => !paused);
  await scheduleOf(other, 'foreign').delete();
  await worker.stop();
});

test('where no task is periodic foreign schedules go, too; a removed cluster looks no more', async () => {
  const cluster = await fakeCluster(stage, 'manual', short);
  const worker = await workFor(cluster);
  await put(cluster, folderTask(cluster.id, 'byHand'));
  for (const isMarked of [false, true]) {
    await makeForeign(cluster, 'foreign', isMarked);
    await untilNoSchedule(cluster, 'foreign');
  }
  expect(await ask(stage, cluster.id, { do: 'removeCluster' })).toMatchObject({ accepted: true });
  await stage.client.workflow.getHandle(workflowIds.cluster(cluster.id)).result();
  await worker.stop();
});

async function makeForeign(cluster: FakeCluster, task: string, isMarked: boolean): Promise<void> {
  const attribute = { key: defineSearchAttributeKey('Cluster', 'KEYWORD'), value: cluster.id };
  await stage.client.schedule.create({
    scheduleId: workflowIds.schedule(cluster.id, task),
    spec: { intervals: [{ every: '365 days' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'another',
      taskQueue: 'nobody',
      workflowId: `another-${cluster.id}`,
    },
    typedSearchAttributes: new TypedSearchAttributes(isMarked ? [attribute] : []),
  });
}

test('planned times that passed without a worker are told in the history and by ALM-12034; the next ones run', async () => {
  const cluster = await fakeCluster(stage, 'away', { ...short, latenessSeconds: 2 });
  const first = await workFor(cluster);
  await put(cluster, periodicTask('away', 'often', 2));
  await untilState(stage, 'away', (now) => runsOf(now, 'often').length >= 1);
  await first.stop();
  await sleep(10_000);
  const second = await workFor(cluster);
  const told = await untilState(stage, 'away', (now) => now.tasks['often']!.notRun !== undefined);
  const [entry] = told.tasks['often']!.notRun!.map(parseNotRun);
  expect(['postponed', 'missed']).toContain(entry!.what);
  const before = runsOf(told, 'often')[0]!.label;
  await untilState(stage, 'away', (now) => runsOf(now, 'often')[0]!.label > before && taskAlarms(now).length === 0);
  await end(cluster, second);
});

test('a schedule that is triggered by hand in the Temporal UI is refused, and says how to start a run', async () => {
  const cluster = await fakeCluster(stage, 'byHand', short);
  const worker = await workFor(cluster);
  await put(cluster, periodicTask('byHand', 'daily', 86_400, 60_000));
  await untilSchedule(cluster, 'daily', (paused) => !paused);
  await scheduleOf(cluster, 'daily').trigger();
  const requests = () =>
    stage.client.workflow.list({
      query: `WorkflowType = '${workflowTypes.request}' AND Task = 'daily' AND Phase = 'refused'`,
    });
  let id: string | undefined;
  for (let time = 0; id === undefined && time < 200; time += 1) {
    for await (const { workflowId } of requests()) id = workflowId;
    await sleep(100);
  }
  const answer: unknown = await stage.client.workflow.getHandle(id!).result();
  expect(answer).toMatchObject({ refusal: 'notPlanned' });
  expect(JSON.stringify(answer)).toContain('cairn task start daily');
  await end(cluster, worker);
});

test('while schedules cannot be made the cluster goes on by hand, without haste; they stand when they can', async () => {
  const cluster = await fakeCluster(stage, 'refused', short);
  let refused = 0;
  const refuse: ActivityInboundCallsInterceptor = {
    async execute(input, next) {
      const { activityType, workflowExecution } = Context.current().info;
      const isMeant = activityType === 'syncSchedules' && workflowExecution?.workflowId === 'cluster/refused';
      if (!isMeant || refused === 6) return await next(input);
      refused += 1;
      throw new Error('made to fail');
    },
  };
  const worker = await workFor(cluster, { interceptors: { activity: [() => ({ inbound: refuse })] } });
  await put(cluster, periodicTask('refused', 'daily', 86_400, 60_000));
  await untilState(stage, 'refused', ({ syncAfter }) => syncAfter !== undefined);
  expect(await ask(stage, 'refused', { do: 'start', task: 'daily', trigger: 'manual' })).toMatchObject({
    accepted: true,
  });
  await untilState(stage, 'refused', (now) => runsOf(now, 'daily').length === 1);
  await untilSchedule(cluster, 'daily', (paused) => !paused);
  // Two times three attempts, however often the workflow continued as new meanwhile.
  expect(refused).toBe(6);
  await end(cluster, worker);
});

test('a cluster gets its default task with its schedule when a worker brings it, and only once', async () => {
  const cluster = await fakeCluster(stage, 'withDefault', short, { defaultTask: true });
  const first = await workFor(cluster);
  const name = 'default-withDefault';
  const state = await untilState(stage, cluster.id, ({ tasks }) => tasks[name] !== undefined);
  expect(state.tasks[name]).toMatchObject({ status: 'Ready', spec: { mode: 'periodic' } });
  await untilSchedule(cluster, name, (paused, every) => !paused && every === 3_600_000);
  await ask(stage, cluster.id, { do: 'deleteTask', task: name });
  await untilNoSchedule(cluster, name);
  await first.stop();
  const second = await workFor(cluster);
  await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id, 'own') });
  expect(Object.keys((await stateOf(stage, cluster.id)).tasks)).toEqual(['own']);
  await second.stop();
});
