import { alarmTitles, isFull, isSame } from './alarms';
import { type Alarm, type ClusterState, type EndedRun, taskOf } from './cluster-state';
import { labelAt, timeOf } from './label';
import { channelsFor, type Notification, type NotificationType, type NotifiedPart } from './notification';
import { parseNotRun } from './period';
import { identityOfEnd, type RunEnd } from './queue';
import type { Outcome, PartResult, RunIdentity, Trigger } from './run';
import type { Task } from './task';

/** All but the test of a channel, which is nothing that happened. */
export type Happened = Notification & { readonly type: NotificationType };

/** A notification stays short: 20 kB is what receivers of webhooks can be expected to take. */
const most = { parts: 30, reasonCharacters: 400 };

/**
 * What is to be told when a cluster's state has changed: pure, from both states and, where a run has ended, from its end.
 *
 * Ids are made of what happened (labels, planned times), not of when it was noticed: a cluster whose workflow was ended
 * and decides once more tells of the same things under the same ids.
 */
export function notificationsOf(
  before: ClusterState,
  after: ClusterState,
  now: number,
  end?: RunEnd,
): readonly Happened[] {
  if (before === after) return [];
  const ended = end === undefined ? [] : endedRun(before, after, end, now);
  const planned = notRun(before, after, now);
  return [
    ...startedRun(before, after),
    ...(end === undefined ? stoppedInQueue(before, after) : []),
    ...ended,
    ...planned,
    ...alarmChanges(before, after, now, [...ended, ...planned]),
  ];
}

/** A notification and the channels that want to hear it. */
export interface Told {
  readonly notification: Happened;
  readonly channels: readonly string[];
}

/** What is to be told of a change, and through which channels. Nothing in a cluster that has none. */
export function toTell(before: ClusterState, after: ClusterState, now: number, end?: RunEnd): Told[] {
  if (before === after || after.cluster.channels === undefined) return [];
  return notificationsOf(before, after, now, end).flatMap((notification) => {
    const channels = channelsFor(after.cluster, notification.type);
    return channels.length === 0 ? [] : [{ notification, channels }];
  });
}

function startedRun(before: ClusterState, { cluster, running }: ClusterState): Happened[] {
  if (running === undefined || running.found === true || running.runId === before.running?.runId) return [];
  return running.kind === 'cleanUp' ? [] : [start(cluster.id, running, running.kind)];
}

function start(cluster: string, { task, label, trigger }: RunIdentity, kind: Task['kind']): Happened {
  const timestamp = timeText(timeOf(label));
  return {
    id: idOf(cluster, task, label, 'started'),
    type: 'run.started',
    timestamp,
    cluster,
    task,
    run: { kind, label, trigger, begin: timestamp },
  };
}

/** A run that was found going on: that it started may not have been told; who has been told knows the id. */
function endedRun(before: ClusterState, after: ClusterState, end: RunEnd, now: number): Happened[] {
  const identity = identityOfEnd(before, end);
  const entry = after.ended.at(-1);
  if (identity === undefined || entry === undefined || after.ended === before.ended) return [];
  const isKnown = before.ended.some((one) => one.key === entry.key && one.outcome === entry.outcome);
  const { task, label, trigger } = identity;
  // A clean-up that was found going on: the run behind which it cleans up has failed.
  const kind = identity.kind === 'cleanUp' ? taskOf(after, task)?.spec.kind : identity.kind;
  if (isKnown || kind === undefined) return [];
  const { parts = [], begin = timeOf(label), end: ended = now } = end.result ?? {};
  const told: Happened = {
    id: idOf(after.cluster.id, task, label, entry.outcome.toLowerCase()),
    type: endTypes[entry.outcome],
    timestamp: timeText(ended),
    cluster: after.cluster.id,
    task,
    run: {
      kind,
      label,
      trigger,
      begin: timeText(begin),
      end: timeText(ended),
      bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
      parts: parts.slice(0, most.parts).map(shortPart),
      ...(parts.length > most.parts && { more: parts.length - most.parts }),
    },
    ...reasonIn(end.result?.reason ?? taskOf(after, task)?.reason),
  };
  return before.running?.found === true ? [start(after.cluster.id, identity, kind), told] : [told];
}

/** Runs that somebody stopped while they waited: that they started was never told. */
function stoppedInQueue(before: ClusterState, { cluster, ended }: ClusterState): Happened[] {
  if (ended === before.ended) return [];
  return before.queue.flatMap(({ key, trigger }) => {
    const run = ended.find((one) => one.key === key && one.outcome === 'Stopped');
    return run === undefined ? [] : [neverBegan(cluster.id, run, trigger)];
  });
}

function neverBegan(cluster: string, { task, label, kind, reason }: EndedRun, trigger: Trigger): Happened {
  const timestamp = timeText(timeOf(label));
  return {
    id: idOf(cluster, task, label, 'stopped'),
    type: 'run.stopped',
    timestamp,
    cluster,
    task,
    run: { kind: kind as Task['kind'], label, trigger, begin: timestamp, end: timestamp, bytes: 0, parts: [] },
    ...reasonIn(reason),
  };
}

const endTypes = { Successful: 'run.successful', Failed: 'run.failed', Stopped: 'run.stopped' } as const satisfies {
  [outcome in Outcome]: Notification['type'];
};

function shortPart({ source, part, outcome, set, bytes, files, reason, errorKind }: PartResult): NotifiedPart {
  return {
    source,
    part,
    outcome,
    ...(set !== undefined && { set }),
    bytes,
    files,
    ...reasonIn(reason),
    ...(errorKind !== undefined && { errorKind }),
  };
}

/** Planned times that led to no run: those that stand in the history of their task now, before those that stood there. */
function notRun(before: ClusterState, after: ClusterState, now: number): Happened[] {
  if (before.tasks === after.tasks) return [];
  const { id: cluster } = after.cluster;
  return Object.entries(after.tasks).flatMap(([task, { notRun: list = [] }]) => {
    const known = taskOf(before, task)?.notRun ?? [];
    return newIn(list, known).map((text): Happened => {
      const { planned, what, times, reason } = parseNotRun(text);
      return {
        id: idOf(cluster, task, planned, what, ...(times === 1 ? [] : [String(times)])),
        type: `run.${what}`,
        timestamp: timeText(now),
        cluster,
        task,
        planned: { first: timeText(timeOf(planned)), times },
        ...reasonIn(reason),
      };
    });
  });
}

/** The oldest first. After a clock went back, what is new may read like what is known. */
function newIn(list: readonly string[], known: readonly string[]): string[] {
  const until = list.findIndex((_, from) => list.slice(from).every((text, place) => text === known[place]));
  return list.slice(0, until < 0 ? list.length : until).reverse();
}

function alarmChanges(before: ClusterState, after: ClusterState, now: number, causes: readonly Happened[]): Happened[] {
  if (before.alarms === after.alarms) return [];
  const raised = missingIn(before.alarms, after.alarms);
  // Where as many stand as are kept, the oldest gives way to a new one: that does not clear it.
  const cleared = raised.length > 0 && isFull(after) ? [] : missingIn(after.alarms, before.alarms);
  const change = (what: 'raised' | 'cleared', alarm: Alarm, reason: string): Happened => ({
    id: idOf(after.cluster.id, alarm.task ?? 'cluster', ...causeOf(alarm, causes), alarm.id, what),
    type: `alarm.${what}`,
    timestamp: timeText(now),
    cluster: after.cluster.id,
    ...(alarm.task !== undefined && { task: alarm.task }),
    alarm: { id: alarm.id, title: alarmTitles[alarm.id], raised: timeText(alarm.raised) },
    ...reasonIn(reason),
  });
  return [
    ...raised.map((alarm) => change('raised', alarm, alarm.text)),
    ...cleared.map((alarm) => change('cleared', alarm, whyCleared(alarm, after, causes))),
  ];
}

function missingIn(these: readonly Alarm[], those: readonly Alarm[]): Alarm[] {
  return those.filter((one) => !these.some((other) => isSame(one, other)));
}

/**
 * What made it: the end of a run, the planned time that was missed; else when it was raised. Its kind is told too, as a run
 * may begin in the very second that was planned for another one.
 */
function causeOf(alarm: Alarm, causes: readonly Happened[]): string[] {
  const cause = causes.find(({ task, type }) => task === alarm.task && type !== 'run.started');
  if (cause === undefined) return [labelAt(alarm.raised)];
  const label = cause.run?.label ?? labelAt(Date.parse(cause.planned!.first));
  return [label, cause.type.replace('run.', '')];
}

function whyCleared({ id, task }: Alarm, after: ClusterState, causes: readonly Notification[]): string {
  if (id === '12011') return 'the folders are equal again';
  if (task === undefined) return 'there is such a task now';
  const run = causes.find((cause) => cause.task === task)?.run;
  if (run !== undefined) return `run ${run.label} was successful`;
  if (taskOf(after, task) === undefined) return 'the task was deleted';
  return id === '12035' ? whyReplaced(causes) : 'the task has another period now';
}

function whyReplaced(causes: readonly Notification[]): string {
  const by = causes.find(({ type }) => type === 'run.successful');
  return `restoration ${by?.task} was successful, run ${by?.run?.label}: it replaced the same`;
}

function reasonIn(reason: string | undefined): { reason?: string } {
  return reason ? { reason: reason.slice(0, most.reasonCharacters) } : {};
}

/** No name and no label has a colon in it; and no full stop may be in the id of a webhook. */
function idOf(...parts: readonly string[]): string {
  return parts.join(':');
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}
