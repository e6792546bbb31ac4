import { startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ClusterState } from '../model/cluster-state';
import type { Command } from '../model/command';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import { found, nextRun, started } from '../model/queue';
import type { BackUpInput, RestoreInput } from '../model/run';
import { runAttributes, runDetails, runSummary } from './labels';

/**
 * Starts the head of the queue. The server may take its time for that; the cluster decides on meanwhile. Until the run has
 * started its request stands in the queue.
 */
export interface Starter {
  begin(state: ClusterState): void;
  /** True from `begin` until `take` has answered. */
  isBusy(): boolean;
  /** True when `take` has an answer. */
  isDone(): boolean;
  /** The state with the run that has started. */
  take(state: ClusterState): ClusterState;
  /** Ends when it is done. */
  done(): Promise<void>;
}

export function openStarter(): Starter {
  let underWay: Promise<void> | undefined;
  let change: ((state: ClusterState) => ClusterState) | undefined;
  return {
    begin(state) {
      underWay = startNext(state).then(
        (made) => void (change = made),
        (error: unknown) =>
          void (change = () => {
            throw error;
          }),
      );
    },
    isBusy: () => underWay !== undefined,
    isDone: () => change !== undefined,
    take(state) {
      const made = change!;
      [underWay, change] = [undefined, undefined];
      return made(state);
    },
    done: async () => await underWay,
  };
}

/**
 * How many commands may be decided while a run is being started: those before the first one that might take its request
 * out of the queue, or believe that nothing runs.
 */
export function decidableMeanwhile(inbox: readonly Command[]): number {
  const first = inbox.findIndex(({ order }) => order.do !== 'start' && order.do !== 'trigger');
  return first === -1 ? inbox.length : first;
}

/** Under the one id that all runs share: the server itself allows one at a time. Answers what becomes of the state. */
async function startNext(before: ClusterState): Promise<(state: ClusterState) => ClusterState> {
  const input: BackUpInput | RestoreInput = nextRun(before, Date.now())!;
  const { kind, key, task, label, trigger, approval } = input;
  try {
    const run = await startChild(kind === 'backup' ? workflowTypes.backUp : workflowTypes.restore, {
      workflowId: workflowIds.run(before.cluster.id),
      taskQueue: queues.control,
      args: [input],
      parentClosePolicy: 'ABANDON',
      memo: { run: { kind, key, task, label, trigger, ...(approval && { approval }) } },
      typedSearchAttributes: runAttributes(input),
      staticSummary: runSummary(input),
      staticDetails: runDetails(input),
    });
    return (state) => started(state, input, run.firstExecutionRunId, Date.now());
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return (state) => found(state, Date.now());
    throw error;
  }
}
