import {
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { type ClusterState, taskOf, type TaskState } from '../model/cluster-state';
import type { Answer, Command, Registration } from '../model/command';
import { isCommand } from '../model/command';
import { withDefaultTask } from '../model/default-task';
import { decide } from '../model/decide';
import { labelAt } from '../model/label';
import { dueMirrors, lookAtMirrors, mirrorBegun, mirrorsAfter, mirrorsDueIn, withMirrorAlarm } from '../model/mirrors';
import { workflowIds, queues } from '../model/names';
import { dropPassed, passesIn } from '../model/passing';
import { isGivenUp, kept } from '../model/removal';
import { toTell } from '../model/notifications';
import { ended, found, identityOfEnd, needsCleanUp, nextRun, type RunEnd } from '../model/queue';
import { workflowTypes } from '../model/messages';
import type { CleanUpInput, ReleaseTaskInput } from '../model/run';
import type { BackupTask } from '../model/task';
import { withThirdPartyAlarm } from '../model/third-party';
import { clusterPage } from './cluster-page';
import { openDeliveries } from './deliveries';
import { answerSignal, commandSignal, registerSignal, stateQuery } from './messages';
import { cleanUpAttributes, clusterAttribute } from './labels';
import type { mirror } from './mirror';
import { decidableMeanwhile, openStarter } from './start-next';
import { openScheduleKeeper, type ScheduleKeeper } from './schedule-keeper';
import { watchSteps } from './steps';
import type { NotifyInput } from './notify';
import { tellAll } from './tell-changes';

export interface ClusterInput {
  readonly state: ClusterState;
  /** Commands that were heard but not decided when the run before this one ended. */
  readonly inbox: readonly Command[];
  /** What had happened, and nobody had been told of, when the run before this one ended. */
  readonly told?: readonly NotifyInput[];
}

/**
 * Beyond so many events it continues as new in the next quiet moment, also when nothing changed. Not in the middle of a
 * storm: the server refuses the end of a run as long as it has a signal that the run has not seen, and each refused
 * attempt is decided for nothing. Only beyond `most` it tries whatever comes in.
 */
const events = { enough: 150, most: 4000 };

/** So many commands are decided at a time: deciding and answering them must be done within the seconds of one workflow task. */
const commandsAtOnce = 100;

/**
 * A run that is younger continues as new only after a delay that the server imposes (a second from its start), and
 * answers nobody meanwhile. So it goes on until it is old enough; what it has heard by then stands in its history.
 */
const leastAgeMs = 1100;

/**
 * A cluster: its tasks, its queue, its alarms. Lives until the cluster is removed; every rule of the product is decided
 * here, one command after the other, by the pure functions of `model/`.
 *
 * Cancel does nothing to it (it has no end of its own). After each change of its state it continues as new, so
 * that its newest input is its state: whoever finds it terminated starts it again from there.
 */
export async function cluster(input: ClusterInput): Promise<void> {
  await CancellationScope.nonCancellable(() => live(input));
}

async function live(input: ClusterInput): Promise<void> {
  const inbox: Command[] = [...input.inbox];
  const registrations: Registration[] = [];
  let state = input.state;
  let end: RunEnd | undefined;
  const keeper = openScheduleKeeper();
  const deliveries = openDeliveries();
  const starter = openStarter();
  // Older versions waited for what they sent and started; what they wrote is replayed.
  const isOlder = () => state.cluster.defaultTask === undefined;
  const deliver = async (sent: readonly Promise<void>[]) => {
    if (isOlder()) await Promise.all(sent);
    else deliveries.add(sent);
  };
  const told: NotifyInput[] = [...(input.told ?? [])];
  const become = (next: ClusterState, ended?: RunEnd) => {
    const changes = toTell(state, next, Date.now(), ended);
    const by = ended && identityOfEnd(state, ended)?.task;
    told.push(...changes.filter((one) => next.removed !== undefined || isTold(one, by)));
    state = next;
  };

  setHandler(stateQuery, () => state, {
    description: 'Everything this cluster knows: tasks, queue, the run that goes on, alarms',
  });
  setHandler(commandSignal, (command) => void (isCommand(command) && inbox.push(command)), {
    description:
      'A command to this cluster. People use "cairn", or start the workflow "request": it waits for the answer',
  });
  setHandler(registerSignal, (registration) => void (registration?.facts && registrations.push(registration)), {
    description: "What a worker's configuration says of this cluster; sent by each worker at its start",
  });
  const watchNext = () => {
    if (state.running !== undefined) watch(state).then((seen) => (end = seen), rethrow);
  };
  watchNext();

  const takeStarted = () => {
    become(starter.take(state));
    watchNext();
  };
  const isOver = () =>
    isGivenUp(state) && !keeper.isBusy() && !starter.isBusy() && inbox.length + registrations.length === 0;
  const decidable = () => {
    const all = starter.isBusy() ? decidableMeanwhile(inbox) : inbox.length;
    return Math.min(all, commandsAtOnce, deliveries.room());
  };
  const canBegin = () => !starter.isBusy() && canStart(state);
  const isBusy = () => keeper.isBusy() || deliveries.areUnderWay() || starter.isBusy();
  const hasWork = () =>
    registrations.length > 0 ||
    decidable() > 0 ||
    end !== undefined ||
    told.length > 0 ||
    starter.isDone() ||
    canBegin() ||
    isDue(keeper, state, Date.now()) ||
    isOver();
  for (;;) {
    show(state);
    const wasUnderWay = deliveries.areUnderWay();
    const isAwaited = () => hasWork() || (wasUnderWay && !deliveries.areUnderWay());
    await untilWork(isAwaited, state !== input.state && !isBusy(), dueIn(keeper, state, Date.now()));
    state = registrations.splice(0).reduce(register, state);
    if (end !== undefined) {
      become(mirrorsAfter(await finish(state, end), end, Date.now()), end);
      end = undefined;
      watchNext();
    }
    if (starter.isDone()) takeStarted();
    const sent = decideAll(state, inbox.splice(0, decidable()), become);
    become(withMirrorAlarm(withThirdPartyAlarm(state, Date.now()), Date.now()));
    await deliver(sent);
    become(keeper.work(dropPassed(state, Date.now()), Date.now()));
    if (canBegin()) {
      starter.begin(state);
      if (isOlder()) await starter.done();
      if (starter.isDone()) takeStarted();
    }
    for (const host of dueMirrors(state, Date.now())) become(await startMirror(state, host));
    // After answers and the next run, which wait for nothing of it; before the state is handed on, which knows nothing of it.
    if (told.length > 0) await deliver([tellAll(state.cluster.id, told.splice(0))]);
    if (isOver()) {
      await deliveries.all();
      return show(state);
    }
    if (!isTimeToContinue(state !== input.state, hasWork() || isBusy())) continue;
    await deliveries.all();
    await starter.done();
    if (starter.isDone()) takeStarted();
    await continueAsNew<typeof cluster>({ state, inbox, ...(told.length > 0 && { told }) });
  }
}

/**
 * Older versions told nobody of a run that was stopped while it waited, and cleared ALM-12035 by a run of its own task only;
 * what they wrote is replayed. `by`: the task whose run has just ended.
 */
function isTold({ notification: { type, task, alarm } }: NotifyInput, by: string | undefined): boolean {
  if (type === 'run.stopped' && by === undefined) return patched('tell-stopped-in-queue');
  const isSettled = type === 'alarm.cleared' && alarm?.id === '12035' && task !== by;
  return !isSettled || patched('tell-settled');
}

function show(state: ClusterState): void {
  setCurrentDetails(clusterPage(state, workflowInfo().namespace));
}

function isDue(keeper: ScheduleKeeper, state: ClusterState, now: number): boolean {
  return keeper.isDue(state, now) || passesIn(state, now) === 0 || mirrorsDueIn(state, now) === 0;
}

/** Milliseconds until there is something to do by the clock alone; undefined: never. */
function dueIn(keeper: ScheduleKeeper, state: ClusterState, now: number): number | undefined {
  const all = [keeper.dueIn(state, now), passesIn(state, now), mirrorsDueIn(state, now)].filter(
    (one) => one !== undefined,
  );
  return all.length === 0 ? undefined : Math.max(1, Math.min(...all));
}

/** Waits for something to do; with a changed state not longer than until it can be handed on. */
async function untilWork(hasWork: () => boolean, isChanged: boolean, dueInMs: number | undefined): Promise<void> {
  if (isChanged)
    await condition(hasWork, Math.max(1, leastAgeMs - ageMs()), { summary: 'until the new state can be handed on' });
  else if (dueInMs !== undefined)
    await condition(hasWork, dueInMs, {
      summary: 'until schedules, planned times, requests for approval or mirrors are looked at',
    });
  else await condition(hasWork);
}

function isTimeToContinue(isChanged: boolean, hasWork: boolean): boolean {
  const { historyLength } = workflowInfo();
  if (historyLength > events.most) return true;
  return (isChanged || historyLength > events.enough) && !hasWork && ageMs() >= leastAgeMs;
}

function ageMs(): number {
  return Date.now() - workflowInfo().runStartTime.getTime();
}

/** Facts of the newest worker hold; hosts add up. */
function register(state: ClusterState, { facts }: Registration): ClusterState {
  const hosts = [...new Set([...state.cluster.hosts, ...facts.hosts])].sort();
  const cluster = { ...facts, hosts };
  const known = JSON.stringify(cluster) === JSON.stringify(state.cluster) ? state : { ...state, cluster };
  return lookAtMirrors(lookedAtAnew(withDefaultTask(kept(known), Date.now())), Date.now());
}

/** While no worker was there, planned times may have passed, and the server may have lost a schedule. */
function lookedAtAnew(state: ClusterState): ClusterState {
  if (state.checkedAlways === true || patched('check-always')) return { ...state, checkedAlways: true, checked: 0 };
  return state.checked === undefined ? state : { ...state, checked: 0 };
}

/**
 * Decides in the order of arrival and begins to answer; an answer nobody waits for any more is no error. At once,
 * so that whoever has heard an answer finds its effect when it asks for the state.
 */
function decideAll(
  state: ClusterState,
  commands: readonly Command[],
  become: (next: ClusterState) => void,
): Promise<void>[] {
  const deliveries: Promise<void>[] = [];
  for (const command of commands) {
    const decision = decide(state, command, Date.now());
    state = decision.state;
    become(state);
    if (decision.cancelRun === true) deliveries.push(cancelRun(state));
    deliveries.push(...(decision.releases ?? []).map((task) => releaseTask(state, task)));
    deliveries.push(answer(command, decision.answer));
  }
  return deliveries;
}

async function answer(command: Command, text: Answer): Promise<void> {
  const asker = getExternalWorkflowHandle(command.replyTo);
  await asker
    .signal(answerSignal, command.key, text)
    .catch((error) => log.debug('nobody waits for the answer', { error }));
}

async function cancelRun(state: ClusterState): Promise<void> {
  const run = getExternalWorkflowHandle(workflowIds.run(state.cluster.id), state.running?.runId);
  await run.cancel().catch((error) => log.info('the run to be stopped has ended already', { error }));
}

/** It goes on by itself: a cluster does not wait for the snapshots of a task that it no longer has. */
async function releaseTask({ cluster }: ClusterState, { spec, creation, lastLabel }: TaskState): Promise<void> {
  // Of one that never ran, what was frozen under its creation before: by now at the latest.
  const upTo = lastLabel ?? labelAt(Date.now());
  await startChild<(input: ReleaseTaskInput) => Promise<void>>(workflowTypes.releaseTask, {
    workflowId: workflowIds.releaseTask(cluster.id, spec.name, creation),
    args: [{ cluster, spec: spec as BackupTask, creation, lastLabel: upTo }],
    // One that still tries would let stay what runs since then have frozen.
    workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
    parentClosePolicy: 'ABANDON',
    cancellationType: 'ABANDON',
    staticSummary: `give up what deleted task ${spec.name} kept frozen in the cluster`,
  }).catch((error: unknown) => log.info('what the task kept is given up already', { error }));
}

/** It goes on by itself and tells when it has ended. One that goes on already may have looked before what happened now. */
async function startMirror(state: ClusterState, host: string): Promise<ClusterState> {
  const { id, settings } = state.cluster;
  try {
    await startChild<typeof mirror>(workflowTypes.mirror, {
      workflowId: workflowIds.mirror(id, host),
      taskQueue: queues.control,
      args: [{ cluster: id, host, settings }],
      parentClosePolicy: 'ABANDON',
      cancellationType: 'ABANDON',
      typedSearchAttributes: new TypedSearchAttributes(clusterAttribute(id)),
      staticSummary: `make LocalBackup of ${host} equal to that of the active host of cluster ${id}`,
    });
    return mirrorBegun(state, host, false, Date.now());
  } catch (error) {
    log.debug('this mirror is looked at already', { host, error });
    return mirrorBegun(state, host, true, Date.now());
  }
}

function canStart(state: ClusterState): boolean {
  return nextRun(state, Date.now()) !== undefined;
}

function watch(state: ClusterState): Promise<RunEnd> {
  const { found: isFound, runId } = state.running!;
  return watchSteps(state.cluster.settings).awaitRun({
    cluster: state.cluster.id,
    ...(isFound === true || runId === undefined ? {} : { runId }),
  });
}

/** Records the end of a run; one that could not clean up behind itself is first cleaned up, still under the run id. */
async function finish(state: ClusterState, end: RunEnd): Promise<ClusterState> {
  const identity = end.identity ?? state.running;
  const task = identity && taskOf(state, identity.task);
  if (!needsCleanUp(end) || identity === undefined || task === undefined || state.running?.of !== undefined)
    return ended(state, end, Date.now());
  const { kind, key, label, trigger } = identity;
  const of = { kind, key, task: identity.task, label, trigger };
  const input: CleanUpInput = {
    ...of,
    kind: 'cleanUp',
    cluster: state.cluster,
    of,
    spec: task.spec,
    creation: task.creation,
  };
  try {
    const run = await startChild(workflowTypes.cleanUp, {
      workflowId: workflowIds.run(state.cluster.id),
      taskQueue: queues.control,
      args: [input],
      parentClosePolicy: 'ABANDON',
      memo: { run: { ...of, kind: 'cleanUp' } },
      typedSearchAttributes: cleanUpAttributes(input),
      staticSummary: `clean up behind the ${kind} ${of.task} ${label} of cluster ${state.cluster.id}`,
    });
    const running = { ...of, kind: 'cleanUp' as const, of, runId: run.firstExecutionRunId, since: Date.now() };
    return { ...state, running: { ...running, reason: end.reason ?? `the run was ${end.status}` } };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return found(state, Date.now());
    throw error;
  }
}

function rethrow(error: unknown): never {
  throw error;
}
