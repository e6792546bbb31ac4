import { type ClusterState, type Waiting, withTask } from './cluster-state';
import type { Answer } from './command';
import { accept, type Decision, refuse } from './decision';
import { endedInQueue } from './queue';

/**
 * Gives a run its place in the queue; refused where as many wait as may. Where nothing runs, the first of the queue is about to
 * and waits no more; but not while the queue is paused.
 */
export function enqueue(state: ClusterState, waiting: Waiting): Decision {
  const before = state.queue.length + (state.running === undefined ? 0 : 1);
  const isAboutToRun = state.running === undefined && state.paused === undefined;
  if (state.queue.length >= state.cluster.settings.waitingTasks + (isAboutToRun ? 1 : 0))
    return refuse(
      state,
      'queueFull',
      `${state.queue.length} tasks wait in cluster ${state.cluster.id}, more are not possible. HINT: try again later, or stop one`,
    );
  const next = withTask({ ...state, queue: [...state.queue, waiting] }, waiting.task, { status: 'Waiting' });
  return { state: next, answer: answerAt(state, before) };
}

/** To a start that has its place in the queue. */
function answerAt({ paused }: ClusterState, position: number): Answer {
  return { accepted: true, did: position === 0 && paused === undefined ? 'started' : 'waiting', position };
}

/**
 * The answer to a start whose key has its run already, though its first answer is forgotten: who asks again waits for that run.
 * Undefined where no run of this key is remembered.
 */
export function answerOfRun(state: ClusterState, key: string): Answer | undefined {
  const { queue, running, ended } = state;
  const place = queue.findIndex((one) => one.key === key);
  if (place !== -1) return answerAt(state, place + (running === undefined ? 0 : 1));
  const isKnown = running?.key === key || ended.some((one) => one.key === key);
  return isKnown ? { accepted: true, did: 'started', position: 0 } : undefined;
}

/**
 * Ends what a task does: a run that goes on is cancelled, one that waits leaves the queue and is remembered as Stopped;
 * undefined when there is none.
 */
export function takeOut(state: ClusterState, name: string, reason: string, now: number): Decision | undefined {
  if (state.running?.task === name && state.running.kind !== 'cleanUp')
    return { ...accept(state, 'stopping'), cancelRun: true };
  const waiting = state.queue.find((one) => one.task === name);
  return waiting && accept(endedInQueue(state, waiting, reason, now), 'stopped');
}
