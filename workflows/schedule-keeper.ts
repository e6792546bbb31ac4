import { log } from '@temporalio/workflow';
import type { ScheduleOfTask } from '../activities/schedules';
import { type ClusterState, taskOf } from '../model/cluster-state';
import { latenessOf, noticeMissed, periodOf } from '../model/periodic';
import { productSettings } from '../model/settings';
import { scheduleSteps } from './steps';

/** Keeps Temporal's schedules in step with the tasks of a cluster, and looks for planned times that nobody asked for. */
export interface ScheduleKeeper {
  /** True when `work` has something to do now. */
  isDue(state: ClusterState, now: number): boolean;
  /** Milliseconds until it is due by the clock alone; undefined: never, or not before a step has ended. */
  dueIn(state: ClusterState, now: number): number | undefined;
  /** Takes up what has been done, begins what is to be done; never waits. */
  work(state: ClusterState, now: number): ClusterState;
  /** True while a step goes on, which would be lost with this run of the workflow. */
  isBusy(): boolean;
}

/** After a step that failed in all its attempts; where schedules are looked at more often, then. */
const againAfterSeconds = 60;

export function openScheduleKeeper(): ScheduleKeeper {
  let isBusy = false;
  let ended: Ended | undefined;

  const begin = (state: ClusterState, all: boolean) => {
    isBusy = true;
    const tasks = (all ? periodicTasks(state) : (state.unsynced ?? [])).map((task) => scheduleOf(state, task));
    scheduleSteps(state.cluster.settings)
      .syncSchedules({ cluster: state.cluster.id, tasks, all })
      .then(
        () => void (ended = { did: tasks }),
        (error: unknown) => {
          log.warn('the schedules could not be made as the tasks say; tried again later', { error });
          ended = { failed: all ? 'check' : 'sync' };
        },
      );
  };
  const canBegin = ({ syncAfter = 0 }: ClusterState, now: number) => !isBusy && now >= syncAfter;

  return {
    isDue: (state, now) =>
      ended !== undefined || (canBegin(state, now) && ((state.unsynced ?? []).length > 0 || isCheckDue(state, now))),
    dueIn(state, now) {
      if (isBusy) return undefined;
      const wait = (state.unsynced ?? []).length > 0 ? 0 : untilCheck(state, now);
      return wait === undefined ? undefined : Math.max(1, wait, (state.syncAfter ?? 0) - now);
    },
    work(before, now) {
      const state = ended === undefined ? before : after(before, ended, now);
      if (ended !== undefined) [isBusy, ended] = [false, undefined];
      if (!canBegin(state, now)) return state;
      if (!isCheckDue(state, now)) {
        if ((state.unsynced ?? []).length > 0) begin(state, false);
        return state;
      }
      const checked = { ...noticeMissed(state, now), checked: now };
      begin(checked, true);
      return checked;
    },
    isBusy: () => isBusy && ended === undefined,
  };
}

type Ended = { readonly did: readonly ScheduleOfTask[] } | { readonly failed: 'check' | 'sync' };

/** A check that failed is due again: what is missed by then was told already. */
function after(state: ClusterState, ended: Ended, now: number): ClusterState {
  if ('did' in ended) return without(state, ended.did);
  const syncAfter = now + Math.min(againAfterSeconds, checkSecondsOf(state)) * 1000;
  return ended.failed === 'check' ? { ...state, syncAfter, checked: 0 } : { ...state, syncAfter };
}

function periodicTasks({ tasks }: ClusterState): string[] {
  return Object.keys(tasks).filter((name) => periodOf(tasks[name]!.spec) !== undefined);
}

function scheduleOf(state: ClusterState, task: string): ScheduleOfTask {
  const { spec, locked } = taskOf(state, task) ?? {};
  const period = spec && periodOf(spec);
  if (period === undefined) return { task };
  const pause = locked === undefined ? {} : { locked: locked.reason ?? 'by hand' };
  return { task, wanted: { period, latenessSeconds: latenessOf(state), ...pause } };
}

/** What was changed again meanwhile stays to be looked at. */
function without(state: ClusterState, synced: readonly ScheduleOfTask[]): ClusterState {
  const done = new Set(synced.map((one) => JSON.stringify(one)));
  const left = (state.unsynced ?? []).filter((name) => !done.has(JSON.stringify(scheduleOf(state, name))));
  const { unsynced: _before, ...rest } = state;
  return left.length === 0 ? rest : { ...rest, unsynced: left };
}

function isCheckDue(state: ClusterState, now: number): boolean {
  const until = untilCheck(state, now);
  return until !== undefined && until <= 0;
}

function untilCheck(state: ClusterState, now: number): number | undefined {
  if (state.removed !== undefined) return undefined;
  if (state.checkedAlways !== true && periodicTasks(state).length === 0) return undefined;
  return (state.checked ?? 0) + checkSecondsOf(state) * 1000 - now;
}

function checkSecondsOf({ cluster: { settings } }: ClusterState): number {
  return settings.checkSeconds ?? productSettings.checkSeconds;
}
