import { setTimeout as sleep } from 'node:timers/promises';
import { type ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { Context } from '@temporalio/activity';
import type { ClusterState } from '../../model/cluster-state';
import { parseShortRun } from '../../model/cluster-state';
import { timeOf } from '../../model/label';
import { workflowTypes } from '../../model/messages';
import { parseNotRun, type Period } from '../../model/period';
import { until } from '../kit/pauses';
import {
  ask,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  stateOf,
  taskAlarms,
  untilState,
  workFor,
} from '../kit/stage';
import { end, periodicTask, put, scheduleOf, short, untilNoSchedule, untilSchedule } from './schedule-kit';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(async () => {
  await stage?.close();
});

const runsOf = (state: ClusterState, task: string) => state.tasks[task]!.runs.map(parseShortRun);

test('a periodic task runs by itself, on its grid, and makes its sets', async () => {
  const cluster = await fakeCluster(stage, 'grid', short);
  const worker = await workFor(cluster);
  const task = periodicTask('grid', 'often', 3);
  await put(stage, cluster, task);
  const state = await untilState(stage, 'grid', (now) => runsOf(now, 'often').length >= 3);
  for (const { label, outcome, trigger } of runsOf(state, 'often')) {
    expect([outcome, trigger]).toEqual(['Successful', 'schedule']);
    // It starts after its planned time, and before the next one.
    expect(timeOf(label)).toBeGreaterThanOrEqual(task.period!.started);
  }
  const found = await untilSchedule(stage, cluster, 'often', (paused) => !paused);
  expect(found.action).toMatchObject({ workflowType: 'request', taskQueue: 'control' });
  await end(stage, cluster, worker);
});

test('locked it stops, also in the schedule; unlocked it goes on, and what passed is no concern of it', async () => {
  const cluster = await fakeCluster(stage, 'lock', short);
  const worker = await workFor(cluster);
  await put(stage, cluster, periodicTask('lock', 'often', 2));
  await untilState(stage, 'lock', (now) => runsOf(now, 'often').length >= 1);
  expect(await ask(stage, 'lock', { do: 'lock', task: 'often', reason: 'upgrade' })).toMatchObject({ accepted: true });
  const paused = await untilSchedule(stage, cluster, 'often', (isPaused) => isPaused);
  expect(paused.state.note).toBe('locked: upgrade');
  const idle = await untilState(stage, 'lock', (now) => now.running === undefined && now.queue.length === 0);
  await sleep(6000);
  expect(runsOf(await stateOf(stage, 'lock'), 'often')).toEqual(runsOf(idle, 'often'));
  expect(await ask(stage, 'lock', { do: 'unlock', task: 'often' })).toMatchObject({ accepted: true, did: 'unlocked' });
  const on = await untilState(stage, 'lock', (now) => runsOf(now, 'often').length > runsOf(idle, 'often').length);
  expect(taskAlarms(on)).toEqual([]);
  await end(stage, cluster, worker);
});

test('a schedule follows its task: another period, manual, deleted', async () => {
  const cluster = await fakeCluster(stage, 'follow', short);
  const worker = await workFor(cluster);
  const task = periodicTask('follow', 'daily', 86_400, 60_000);
  await put(stage, cluster, task);
  await untilSchedule(stage, cluster, 'daily', (_, every) => every === 86_400_000);
  await put(stage, cluster, { ...task, period: { ...(task.period as Period), seconds: 3600 } });
  await untilSchedule(stage, cluster, 'daily', (_, every) => every === 3_600_000);
  await put(stage, cluster, folderTask('follow', 'daily'));
  await untilNoSchedule(stage, cluster, 'daily');
  await put(stage, cluster, task);
  await untilSchedule(stage, cluster, 'daily', (_, every) => every === 86_400_000);
  await ask(stage, 'follow', { do: 'deleteTask', task: 'daily' });
  await untilNoSchedule(stage, cluster, 'daily');
  await end(stage, cluster, worker);
});

test('planned times that passed without a worker are told in the history and by ALM-12034; the next ones run', async () => {
  const cluster = await fakeCluster(stage, 'away', { ...short, latenessSeconds: 2 });
  const first = await workFor(cluster);
  await put(stage, cluster, periodicTask('away', 'often', 2));
  await untilState(stage, 'away', (now) => runsOf(now, 'often').length >= 1);
  await first.stop();
  await sleep(10_000);
  const second = await workFor(cluster);
  const told = await untilState(stage, 'away', (now) => now.tasks['often']!.notRun !== undefined);
  const [entry] = told.tasks['often']!.notRun!.map(parseNotRun);
  expect(['postponed', 'missed']).toContain(entry!.what);
  const before = runsOf(told, 'often')[0]!.label;
  await untilState(stage, 'away', (now) => runsOf(now, 'often')[0]!.label > before && taskAlarms(now).length === 0);
  await end(stage, cluster, second);
});

test('a schedule that is triggered by hand in the Temporal UI is refused, and says how to start a run', async () => {
  const cluster = await fakeCluster(stage, 'byHand', short);
  const worker = await workFor(cluster);
  await put(stage, cluster, periodicTask('byHand', 'daily', 86_400, 60_000));
  await untilSchedule(stage, cluster, 'daily', (paused) => !paused);
  await scheduleOf(stage, cluster, 'daily').trigger();
  const requests = () =>
    stage.client.workflow.list({
      query: `WorkflowType = '${workflowTypes.request}' AND Task = 'daily' AND Phase = 'refused'`,
    });
  const id = await until(async () => {
    for await (const { workflowId } of requests()) return workflowId;
    return false;
  });
  const answer: unknown = await stage.client.workflow.getHandle(id).result();
  expect(answer).toMatchObject({ refusal: 'notPlanned' });
  expect(JSON.stringify(answer)).toContain('cairn task start daily');
  await end(stage, cluster, worker);
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
  await put(stage, cluster, periodicTask('refused', 'daily', 86_400, 60_000));
  await untilState(stage, 'refused', ({ syncAfter }) => syncAfter !== undefined);
  expect(await ask(stage, 'refused', { do: 'start', task: 'daily', trigger: 'manual' })).toMatchObject({
    accepted: true,
  });
  await untilState(stage, 'refused', (now) => runsOf(now, 'daily').length === 1);
  await untilSchedule(stage, cluster, 'daily', (paused) => !paused);
  // Two times three attempts, however often the workflow continued as new meanwhile.
  expect(refused).toBe(6);
  await end(stage, cluster, worker);
});

test('a cluster gets its default task with its schedule when a worker brings it, and only once', async () => {
  const cluster = await fakeCluster(stage, 'withDefault', short, { defaultTask: true });
  const first = await workFor(cluster);
  const name = 'default-withDefault';
  const state = await untilState(stage, cluster.id, ({ tasks }) => tasks[name] !== undefined);
  expect(state.tasks[name]).toMatchObject({ status: 'Ready', spec: { mode: 'periodic' } });
  await untilSchedule(stage, cluster, name, (paused, every) => !paused && every === 3_600_000);
  await ask(stage, cluster.id, { do: 'deleteTask', task: name });
  await untilNoSchedule(stage, cluster, name);
  await first.stop();
  const second = await workFor(cluster);
  await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id, 'own') });
  expect(Object.keys((await stateOf(stage, cluster.id)).tasks)).toEqual(['own']);
  await second.stop();
});
