import { type ApprovalRequest, type ClusterState, taskOf, type TaskState, withTask } from './cluster-state';
import type { Order } from './command';
import { accept, type Decision, isBusy, refuse, unknownTask } from './decision';
import { labelAt } from './label';
import { personPattern } from './names';
import { withEnd } from './queue';
import { durationText, labelText } from './text';
import { enqueue } from './waiting';

/**
 * How many restorations of a cluster are on their way through an approval, or wait approved: two names are carried of each.
 */
export const mostUnderApproval = 10;

const reasonCharacters = 120;

/** Whether a start of this task has to be approved by a second person before it gets its place in the queue. */
export function needsApproval({ cluster }: ClusterState, { spec, awaits }: TaskState): boolean {
  return spec.kind === 'restoration' && (cluster.approval !== undefined || awaits !== undefined);
}

/**
 * A restoration was asked for: the cluster keeps that, and starts nothing. What is restored cannot change meanwhile, as the
 * parameters of a restoration task can only be looked at.
 */
export function askForApproval(
  state: ClusterState,
  key: string,
  { task: name, by }: Extract<Order, { do: 'start' }>,
  now: number,
): Decision {
  const before = taskOf(state, name)?.awaits;
  if (before !== undefined) return refuse(state, 'alreadyRunning', awaitsAlready(name, before));
  if (!isPerson(by))
    return refuse(state, 'invalid', `restoration "${name}" needs a second person's approval, so ${whoIsIt}`);
  if (underApproval(state) >= mostUnderApproval)
    return refuse(
      state,
      'limit',
      `${mostUnderApproval} restorations of cluster ${state.cluster.id} await approval, or wait approved. HINT: approve, reject or stop one first`,
    );
  const until = now + Math.round((state.cluster.approval?.hours ?? 0) * 3_600_000);
  const asked = withTask(state, name, { awaits: { key, by, since: now, until } });
  return { state: asked, answer: { accepted: true, did: 'awaits approval', until } };
}

function awaitsAlready(name: string, { by, until }: ApprovalRequest): string {
  return `restoration "${name}" awaits approval already: ${by} asked for it, it stands until ${labelText(labelAt(until))}. HINT: somebody else approves it with "cairn restoration approve ${name}", "cairn restoration stop ${name}" withdraws it`;
}

const whoIsIt =
  'who asks must be known by a name. HINT: --as NAME says it; allowed are letters, digits and "_.@+-\\", at most 64';

function underApproval({ tasks, queue }: ClusterState): number {
  const awaiting = Object.values(tasks).filter((task) => task.awaits !== undefined);
  return awaiting.length + queue.filter((one) => one.approval !== undefined).length;
}

/** Somebody else agrees: it gets its place in the queue under the key that it was asked for with. */
export function approve(state: ClusterState, order: Extract<Order, { do: 'approve' }>, now: number): Decision {
  const { task, by } = order;
  const request = awaitedBy(state, order);
  if ('answer' in request) return request;
  if (isSame(request.by, by))
    return refuse(
      state,
      'samePerson',
      `${request.by} asked for restoration "${task}" and cannot approve it, too. HINT: somebody else does it; --as names who`,
    );
  const { key, by: askedBy } = request;
  const approval = { askedBy, approvedBy: by, approved: now };
  const decision = enqueue(withoutRequest(state, task), { key, task, trigger: 'manual', approval });
  // Where there is no place the request stays, for another try.
  return decision.answer.accepted ? decision : { ...decision, state };
}

/** It does not run; also who asked may say so. */
export function reject(state: ClusterState, order: Extract<Order, { do: 'reject' }>, now: number): Decision {
  const request = awaitedBy(state, order);
  if ('answer' in request) return request;
  const because = order.reason === undefined ? '' : `: ${order.reason.slice(0, reasonCharacters)}`;
  return accept(withdraw(state, order.task, `rejected by ${order.by}${because}`, now)!, 'rejected');
}

/** The request that is meant, or why there is none. */
function awaitedBy(
  state: ClusterState,
  { do: what, task: name, asked, by }: Extract<Order, { do: 'approve' | 'reject' }>,
): ApprovalRequest | Decision {
  const task = taskOf(state, name);
  if (task === undefined) return unknownTask(state, name);
  if (!isPerson(by)) return refuse(state, 'invalid', `to ${what} restoration "${name}", ${whoIsIt}`);
  if (task.awaits?.key === asked) return task.awaits;
  if (task.awaits !== undefined)
    return refuse(
      state,
      'notAwaited',
      `restoration "${name}" was asked for anew meanwhile, by ${task.awaits.by}. HINT: look at it again: "cairn restoration show ${name}"`,
    );
  return refuse(state, 'notAwaited', `restoration "${name}" awaits no approval${whyNot(state, task, asked)}`);
}

function whyNot({ ended }: ClusterState, { status, reason, spec }: TaskState, asked: string): string {
  const askAnew = `. HINT: "cairn restoration start ${spec.name}" asks for it`;
  if (status === 'Stopped' && reason && ended.some((one) => one.key === asked)) return `: ${reason}${askAnew} anew`;
  return isBusy(status) || status === 'Successful' ? `: it is ${status}` : askAnew;
}

/** Ends a request for approval: its task is Stopped for that reason, and who waits is told. Undefined when there is none. */
export function withdraw(state: ClusterState, name: string, reason: string, now: number): ClusterState | undefined {
  const key = taskOf(state, name)?.awaits?.key;
  if (key === undefined) return undefined;
  const stopped = withTask(withoutRequest(state, name), name, { status: 'Stopped', reason });
  const end = { key, task: name, label: labelAt(now), kind: 'restoration', outcome: 'Stopped' } as const;
  return { ...stopped, ended: withEnd(stopped.ended, end) };
}

/** Without the requests that nobody approved in time. */
export function dropExpired(state: ClusterState, now: number): ClusterState {
  return requests(state).reduce((so, [name, { since, until }]) => {
    if (until > now) return so;
    const time = durationText(until - since).replace(/ 0 (s|min)$/, '');
    return withdraw(so, name, `nobody approved it within ${time}`, now) ?? so;
  }, state);
}

/** Milliseconds until the next request is to be dropped; undefined: there is none. */
export function expiresIn(state: ClusterState, now: number): number | undefined {
  const all = requests(state).map(([, { until }]) => until);
  return all.length === 0 ? undefined : Math.max(0, Math.min(...all) - now);
}

function requests({ tasks }: ClusterState): [string, ApprovalRequest][] {
  return Object.entries(tasks).flatMap(([name, { awaits }]) => (awaits === undefined ? [] : [[name, awaits]]));
}

function withoutRequest(state: ClusterState, name: string): ClusterState {
  const { awaits: _gone, ...rest } = taskOf(state, name)!;
  return { ...state, tasks: { ...state.tasks, [name]: rest } };
}

function isPerson(name: unknown): name is string {
  return typeof name === 'string' && personPattern.test(name);
}

/** A name written in another case is no second person. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
