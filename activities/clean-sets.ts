import { Context } from '@temporalio/activity';
import type { ClusterState } from '../model/cluster-state';
import { jsonBytes } from '../model/cluster-state';
import { messageOf } from '../model/errors';
import { messages } from '../model/messages';
import { workflowIds } from '../model/names';
import { type Busy, type FoundRemains, isForgotten, knownTask, type Remain, whyBusy } from '../model/remains';
import type { BackupTarget } from '../model/target';
import type { TargetSpec } from '../model/task';
import { findRemains, removeRemain, type RemainsScope } from '../sets/remains';
import { underControl } from './control';
import { describeWorkflow } from './describe-workflow';
import type { Plugins } from './plugins';

export interface CleanStep {
  readonly cluster: string;
  readonly target: TargetSpec;
}

/** What is named of what was found, and about its bytes as JSON: it stays far below the largest payload. */
const told = { remains: 200, bytes: 40 * 1024 };
/** The queue is paused meanwhile, and must not be for long: what is left then is removed the next time. */
const longestMs = 10 * 60_000;

export type CleanActivities = ReturnType<typeof createCleanActivities>;

/** What unfinished runs and checks left on targets. */
export function createCleanActivities(plugins: Plugins) {
  return {
    /** Tells it. Changes nothing. */
    async findRemains(step: CleanStep): Promise<FoundRemains | Busy> {
      return await underControl(undefined, undefined, () =>
        withRemains(plugins, step, async (target, remains) => summaryOf(target, remains, 0)),
      );
    },

    /** Removes it. Only called while the cluster's queue is paused; looks once more whether a run goes on. */
    async cleanTarget(step: CleanStep): Promise<FoundRemains | Busy> {
      return await underControl(undefined, undefined, async ({ signal }) => {
        const begin = Date.now();
        const open = async () => plugins.openTarget(step.cluster, step.target).target;
        const clearCheck = (folder: string) => plugins.targetCheck.clear(open, folder);
        return await withRemains(plugins, step, async (target, remains) => {
          const done: Remain[] = [];
          for (const remain of remains) {
            const isLate = signal.aborted || Date.now() - begin > longestMs;
            done.push(isLate ? { ...remain, ...late } : await removed(target, remain, clearCheck));
          }
          return summaryOf(target, done, done.filter(isRemoved).length);
        });
      });
    },
  };
}

const late = { failed: 'there was no time left for it HINT: clean once more' };

async function withRemains(
  plugins: Plugins,
  { cluster, target: spec }: CleanStep,
  work: (target: BackupTarget, remains: readonly Remain[]) => Promise<FoundRemains>,
): Promise<FoundRemains | Busy> {
  const state = await stateOf(cluster);
  const busy = whyBusy(state) ?? (await whyRunning(cluster));
  if (busy !== undefined) return { busy };
  const { target, root } = plugins.openTarget(cluster, spec);
  await using _closing = target;
  const scope: RemainsScope = {
    cluster,
    root,
    now: Date.now(),
    taskOf: (task, creation) => knownTask(state, task, creation),
    isChecking: (check) => isChecking(cluster, check),
  };
  const remains: Remain[] = [];
  for await (const remain of findRemains(target, scope)) remains.push(remain);
  return await work(target, remains);
}

function isRemoved({ kept, failed }: Remain): boolean {
  return kept === undefined && failed === undefined;
}

async function removed(
  target: BackupTarget,
  remain: Remain,
  clearCheck: (folder: string) => Promise<void>,
): Promise<Remain> {
  if (remain.kept !== undefined) return remain;
  try {
    await removeRemain(target, remain, clearCheck);
    return remain;
  } catch (error) {
    return { ...remain, failed: messageOf(error).slice(0, 300) };
  }
}

function summaryOf(target: BackupTarget, all: readonly Remain[], removed: number): FoundRemains {
  const own = all.filter(({ kept }) => kept === undefined);
  let room = told.bytes;
  const remains = all.slice(0, told.remains).filter((remain) => (room -= jsonBytes(remain)) > 0);
  return {
    remains,
    more: all.length - remains.length,
    count: own.length,
    bytes: own.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    removed,
    ...(target.clean !== undefined && target.remains === undefined && { uploadsUntold: true as const }),
  };
}

async function stateOf(cluster: string): Promise<ClusterState> {
  return await Context.current().client.workflow.getHandle(workflowIds.cluster(cluster)).query(messages.state);
}

/** A run that the cluster does not watch (yet). */
async function whyRunning(cluster: string): Promise<string | undefined> {
  if (!(await isOpen(workflowIds.run(cluster)))) return undefined;
  return `a run of cluster ${cluster} goes on HINT: ask again when it has ended`;
}

async function isChecking(cluster: string, check: string): Promise<boolean> {
  return (await isOpen(workflowIds.check(cluster, check))) ?? !isForgotten(check, Date.now());
}

/** Undefined for a workflow that the server does not know. */
async function isOpen(workflowId: string): Promise<boolean | undefined> {
  const about = await describeWorkflow(Context.current().client, workflowId);
  return about && about.status.name === 'RUNNING';
}
