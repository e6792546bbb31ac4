import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { Command } from '../model/command';
import { messages } from '../model/messages';
import type { RunEnd } from '../model/queue';
import type { RunIdentity } from '../model/run';
import type { ClusterInput } from '../workflows/cluster';
import { decodePayloads } from './payloads';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type HistoryEvent = NonNullable<History['events']>[number];

/** What stands in the history of a cluster's workflow: all that its state can be made from again. */
export interface ClusterHistory {
  readonly input?: ClusterInput;
  /** Commands, in order. */
  readonly heard: readonly Command[];
  /** Ends of runs, in order. */
  readonly ends: readonly RunEnd[];
  /** The keys of the runs that have begun. */
  readonly begun: ReadonlySet<string>;
}

export async function readHistory(client: Client, events: readonly HistoryEvent[]): Promise<ClusterHistory> {
  const decode = async <T>(payloads: readonly Payload[] | null | undefined) =>
    (await decodePayloads(client, payloads)) as T[];
  const [heard, ends, begun]: [Command[], RunEnd[], Set<string>] = [[], [], new Set()];
  let input: ClusterInput | undefined;
  /** By the number of the event that asked for them. */
  const [keys, watches] = [new Map<string, string>(), new Set<string>()];
  for (const event of events) {
    const at = String(event.eventId);
    const start = event.workflowExecutionStartedEventAttributes;
    if (start) [input] = await decode<ClusterInput>(start.input?.payloads);
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal?.signalName === messages.command) heard.push(...(await decode<Command>(signal.input?.payloads)));
    const memo = event.startChildWorkflowExecutionInitiatedEventAttributes?.memo?.fields?.['run'];
    for (const { key } of await decode<RunIdentity>(memo && [memo])) keys.set(at, key);
    const child = event.childWorkflowExecutionStartedEventAttributes;
    const key = child && keys.get(String(child.initiatedEventId));
    if (key) begun.add(key);
    if (event.activityTaskScheduledEventAttributes?.activityType?.name === 'awaitRun') watches.add(at);
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed && watches.has(String(completed.scheduledEventId)))
      ends.push(...(await decode<RunEnd>(completed.result?.payloads)));
  }
  return { ...(input && { input }), heard, ends, begun };
}
