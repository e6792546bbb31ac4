import { isDeepStrictEqual } from 'node:util';
import { Context } from '@temporalio/activity';
import {
  type Client,
  type ScheduleDescription,
  ScheduleAlreadyRunning,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes, ValueError } from '@temporalio/common';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import type { Period } from '../model/period';
import { beating } from './beat';

/** A task, and the schedule that it should have; none when it is not periodic, or gone. */
export interface ScheduleOfTask {
  readonly task: string;
  readonly wanted?: WantedSchedule;
}

export interface WantedSchedule {
  readonly period: Period;
  /** Why it is paused: its task is locked. */
  readonly locked?: string;
  /** A planned time that was missed by so much is not made up for. */
  readonly latenessSeconds: number;
}

export interface SchedulesOfCluster {
  readonly cluster: string;
  readonly tasks: readonly ScheduleOfTask[];
  /** True: these are all; others of the cluster are removed. */
  readonly all: boolean;
}

const atOnce = 8;

/** A request of a schedule that no worker has taken up by then is given up; the planned time is *missed*. */
const requestTimeoutMs = 600_000;

export type ScheduleActivities = ReturnType<typeof createScheduleActivities>;

/** Temporal's schedules are derived from the tasks, which are the truth. */
export function createScheduleActivities() {
  return {
    /**
     * Makes the schedules of these tasks be as wanted, whatever the server has: none, another one, one that somebody
     * paused by hand. Safe to repeat. Returns the tasks whose schedule was put right.
     */
    async syncSchedules(schedules: SchedulesOfCluster): Promise<readonly string[]> {
      const { client } = Context.current();
      return await beating(() => syncAll(client, schedules));
    },
  };
}

async function syncAll(client: Client, { cluster, tasks, all }: SchedulesOfCluster): Promise<string[]> {
  const right: string[] = [];
  for (let place = 0; place < tasks.length; place += atOnce) {
    const some = tasks.slice(place, place + atOnce);
    const changed = await Promise.all(some.map((one) => syncSchedule(client, cluster, one)));
    right.push(...some.filter((_, index) => changed[index]).map(({ task }) => task));
  }
  if (all) right.push(...(await removeOthers(client, cluster, tasks)));
  return right;
}

async function syncSchedule(client: Client, cluster: string, { task, wanted }: ScheduleOfTask): Promise<boolean> {
  const handle = client.schedule.getHandle(workflowIds.schedule(cluster, task));
  if (wanted === undefined) return await remove(handle);
  const options = optionsOf(cluster, task, wanted);
  const found = await lookAt(handle);
  if (found === undefined) return await create(client, handle, options);
  if (isAsWanted(found, wanted) && asksFor(found, cluster, task)) return false;
  await handle.update(() => options);
  return true;
}

/** Undefined when there is none. One that cannot be read is none of cairn's: it is taken away, and made anew. */
async function lookAt(handle: ScheduleHandle): Promise<ScheduleDescription | undefined> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    if (!isUnreadable(error)) throw error;
    await remove(handle);
    return undefined;
  }
}

/** Its input is in an encoding that cairn does not know, or is not what its encoding says. */
function isUnreadable(error: unknown): boolean {
  return error instanceof ValueError || error instanceof SyntaxError;
}

/** False when there was none. */
async function remove(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

async function create(client: Client, handle: ScheduleHandle, options: ScheduleUpdateOptions): Promise<boolean> {
  try {
    await client.schedule.create({ scheduleId: handle.scheduleId, ...options });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await handle.update(() => options);
  }
  return true;
}

/**
 * An interval of Temporal is counted from 1970, so its offset puts it on the task's grid. Overlap means overlapping
 * *requests*, which last milliseconds; that a run is not started beside itself is decided by the cluster.
 */
function optionsOf(
  cluster: string,
  task: string,
  { period, locked, latenessSeconds }: WantedSchedule,
): ScheduleUpdateOptions {
  const every = period.seconds * 1000;
  return {
    spec: { intervals: [{ every, offset: period.started % every }], startAt: new Date(period.started) },
    action: actionOf(cluster, task),
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: Math.max(latenessSeconds, leastCatchupSeconds) * 1000,
      pauseOnFailure: false,
    },
    state: { paused: locked !== undefined, note: noteOf(locked) },
    typedSearchAttributes: attributesOf(cluster, task),
  };
}

function actionOf(cluster: string, task: string) {
  return {
    type: 'startWorkflow' as const,
    workflowType: workflowTypes.request,
    workflowId: workflowIds.request(cluster, `planned-${task}`),
    taskQueue: queues.control,
    // The request reads its planned time, and makes its key, from what the schedule adds.
    args: [{ cluster, key: '', order: { do: 'trigger', task, planned: 0 } }],
    workflowExecutionTimeout: requestTimeoutMs,
    typedSearchAttributes: attributesOf(cluster, task),
    staticSummary: `planned run of task ${task} of cluster ${cluster}`,
  };
}

/** The server knows no shorter one. */
const leastCatchupSeconds = 10;

function noteOf(locked: string | undefined): string {
  return locked === undefined ? 'made by cairn from the task; "cairn task lock" pauses it' : `locked: ${locked}`;
}

function isAsWanted({ spec, state, policies }: ScheduleDescription, wanted: WantedSchedule): boolean {
  const every = wanted.period.seconds * 1000;
  const [interval, ...others] = spec.intervals ?? [];
  return (
    others.length === 0 &&
    (spec.calendars ?? []).length === 0 &&
    Number(interval?.every) === every &&
    Number(interval?.offset) === wanted.period.started % every &&
    spec.startAt?.getTime() === wanted.period.started &&
    spec.endAt === undefined &&
    (spec.skip ?? []).length === 0 &&
    Number(spec.jitter ?? 0) === 0 &&
    state.paused === (wanted.locked !== undefined) &&
    state.remainingActions === undefined &&
    policies.overlap === ScheduleOverlapPolicy.SKIP &&
    !policies.pauseOnFailure &&
    Number(policies.catchupWindow) === Math.max(wanted.latenessSeconds, leastCatchupSeconds) * 1000
  );
}

/** Whether it starts what cairn's own would start: somebody may have changed that, or another version of cairn have made it. */
function asksFor({ action }: ScheduleDescription, cluster: string, task: string): boolean {
  const wanted = actionOf(cluster, task);
  return (
    action.workflowType === wanted.workflowType &&
    action.workflowId === wanted.workflowId &&
    action.taskQueue === wanted.taskQueue &&
    Number(action.workflowExecutionTimeout) === requestTimeoutMs &&
    isDeepStrictEqual(action.args, wanted.args)
  );
}

function attributesOf(cluster: string, task: string): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: defineSearchAttributeKey('Cluster', 'KEYWORD'), value: cluster },
    { key: defineSearchAttributeKey('Task', 'KEYWORD'), value: task },
  ]);
}

/** Schedules of tasks that are gone; the list is a moment late, so one of a task just deleted may be left to the next time. */
async function removeOthers(client: Client, cluster: string, tasks: readonly ScheduleOfTask[]): Promise<string[]> {
  const own = new Set(tasks.map(({ task }) => workflowIds.schedule(cluster, task)));
  const prefix = workflowIds.schedule(cluster, '');
  const removed: string[] = [];
  // By its name: somebody else's need not have an attribute of ours.
  for await (const { scheduleId } of client.schedule.list({ query: `ScheduleId STARTS_WITH "${prefix}"` })) {
    if (!scheduleId.startsWith(prefix) || own.has(scheduleId)) continue;
    await remove(client.schedule.getHandle(scheduleId));
    removed.push(scheduleId.slice(prefix.length));
  }
  return removed;
}
