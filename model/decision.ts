import type { ClusterState, TaskState } from './cluster-state';
import type { Answer, Refusal } from './command';
import type { TaskStatus } from './task';

/** What a command does: the state after it, the answer, and whether the running run is to be cancelled. */
export interface Decision {
  readonly state: ClusterState;
  readonly answer: Answer;
  readonly cancelRun?: boolean;
  /** Tasks that were deleted, or changed, while their runs keep something frozen in the cluster: that is to be given up. */
  readonly releases?: readonly TaskState[];
}

export function isBusy(status: TaskStatus): boolean {
  return status === 'Waiting' || status === 'Running';
}

export function unknownTask(state: ClusterState, name: string): Decision {
  return refuse(
    state,
    'unknownTask',
    `cluster ${state.cluster.id} has no task "${name}". HINT: "cairn task list" and "cairn restoration list" show what it has`,
  );
}

export function accept(state: ClusterState, did: string): Decision {
  return { state, answer: { accepted: true, did } };
}

export function refuse(state: ClusterState, code: Refusal, message: string): Decision {
  return { state, answer: refusal(code, message) };
}

export function refusal(code: Refusal, message: string): Answer {
  return { accepted: false, refusal: code, message };
}
