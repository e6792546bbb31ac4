import { isDeepStrictEqual } from 'node:util';
import type { ScheduleDescription, ScheduleUpdateOptions } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { workflowIds } from '../../model/names';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  stateOf,
  untilState,
  workFor,
} from '../kit/stage';
import { end, periodicTask, put, scheduleOf, short, untilFound, untilNoSchedule, untilSchedule } from './schedule-kit';

/** Whatever becomes of schedules without cairn's doing. */
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(async () => {
  await stage?.close();
});

test('schedules that the server lost, that somebody paused or changed, and foreign ones are put right by themselves', async () => {
  const cluster = await fakeCluster(stage, 'repair', short);
  const worker = await workFor(cluster);
  for (const name of ['lost', 'lostLocked', 'paused', 'changed'])
    await put(stage, cluster, periodicTask('repair', name, 86_400, 60_000));
  await ask(stage, 'repair', { do: 'lock', task: 'lostLocked' });
  for (const name of ['lost', 'paused', 'changed']) await untilSchedule(stage, cluster, name, (paused) => !paused);
  await untilSchedule(stage, cluster, 'lostLocked', (paused) => paused);

  await scheduleOf(stage, cluster, 'lost').delete();
  await scheduleOf(stage, cluster, 'lostLocked').delete();
  await scheduleOf(stage, cluster, 'paused').pause('by hand');
  await scheduleOf(stage, cluster, 'changed').update((now) => ({ ...now, spec: { intervals: [{ every: '1 hour' }] } }));
  const { action } = await scheduleOf(stage, cluster, 'paused').describe();
  await stage.client.schedule.create({
    scheduleId: workflowIds.schedule('repair', 'foreign'),
    spec: { intervals: [{ every: '1 day' }] },
    action: { ...action, workflowId: 'request/repair/foreign' },
    typedSearchAttributes: (await scheduleOf(stage, cluster, 'paused').describe()).typedSearchAttributes,
  });

  await untilSchedule(stage, cluster, 'lost', (paused) => !paused);
  await untilSchedule(stage, cluster, 'lostLocked', (paused) => paused);
  await untilSchedule(stage, cluster, 'paused', (paused) => !paused);
  await untilSchedule(stage, cluster, 'changed', (_, every) => every === 86_400_000);
  await untilNoSchedule(stage, cluster, 'foreign');
  await end(stage, cluster, worker);
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
  await Promise.all(names.map((name) => put(stage, cluster, periodicTask(cluster.id, name, 86_400, 86_400_000))));
  const made = names.map(
    async (name) => [name, await untilSchedule(stage, cluster, name, (paused) => !paused)] as const,
  );
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
    stage,
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
  for (const [name, change] of Object.entries(changes)) await scheduleOf(stage, cluster, name).update(change);
  for (const name of Object.keys(changes)) await untilAsBefore(cluster, name, before[name]!);

  const mended = await Promise.all(Object.keys(before).map((name) => scheduleOf(stage, cluster, name).describe()));
  await untilChecked(cluster, 3);
  for (const { scheduleId, info } of mended) {
    const now = await stage.client.schedule.getHandle(scheduleId).describe();
    expect([scheduleId, now.info.lastUpdatedAt]).toEqual([scheduleId, info.lastUpdatedAt]);
  }
  expect(wasChanged(await scheduleOf(stage, cluster, 'right').describe(), before['right']!)).toBe(false);
  await worker.stop();
});

test('a schedule whose input nobody can read is made anew, and keeps no other from being put right', async () => {
  const cluster = await fakeCluster(stage, 'unreadable', short);
  const worker = await workFor(cluster);
  const before = await putAll(cluster, ['unreadable', 'queue']);
  await makeUnreadable(before['unreadable']!);
  await scheduleOf(stage, cluster, 'queue').update(changes['anotherQueue']!);
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
  await untilNoSchedule(stage, cluster, 'foreign');
  await untilChecked(cluster, 2);
  const found = await untilSchedule(stage, cluster, 'own', (paused) => !paused);
  expect(found.info.lastUpdatedAt).toBeUndefined();
  await untilSchedule(stage, other, 'foreign', (paused) => !paused);
  await scheduleOf(stage, other, 'foreign').delete();
  await worker.stop();
});

test('where no task is periodic foreign schedules go, too; a removed cluster looks no more', async () => {
  const cluster = await fakeCluster(stage, 'manual', short);
  const worker = await workFor(cluster);
  await put(stage, cluster, folderTask(cluster.id, 'byHand'));
  for (const isMarked of [false, true]) {
    await makeForeign(cluster, 'foreign', isMarked);
    await untilNoSchedule(stage, cluster, 'foreign');
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
