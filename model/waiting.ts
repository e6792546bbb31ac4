import { type ClusterState, type Waiting, withTask } from './cluster-state';
import { accept, type Decision, refuse } from './decision';

/** Gives a run its place in the queue; refused where as many wait as may. */
export function enqueue(state: ClusterState, waiting: Waiting): Decision {
  const before = state.queue.length + (state.running === undefined ? 0 : 1);
  if (before > state.cluster.settings.waitingTasks)
    return refuse(
      state,
      'queueFull',
      `${state.queue.length} tasks wait in cluster ${state.cluster.id}, more are not possible. HINT: try again later, or stop one`,
    );
  const next = withTask({ ...state, queue: [...state.queue, waiting] }, waiting.task, { status: 'Waiting' });
  const did = before === 0 && state.paused === undefined ? 'started' : 'waiting';
  return { state: next, answer: { accepted: true, did, position: before } };
}

/** Ends what a task does: a run that goes on is cancelled, one that waits leaves the queue; undefined when there is none. */
export function takeOut(state: ClusterState, name: string, reason: string): Decision | undefined {
  if (state.running?.task === name && state.running.kind !== 'cleanUp')
    return { ...accept(state, 'stopping'), cancelRun: true };
  if (!state.queue.some((one) => one.task === name)) return undefined;
  const queue = state.queue.filter((one) => one.task !== name);
  return accept(withTask({ ...state, queue }, name, { status: 'Stopped', reason }), 'stopped');
}
