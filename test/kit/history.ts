import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';

const most = { events: 300, eventsOfCluster: 200, bytes: 64 * 1024 };

/** Looks at every workflow that the server knows: none is long, no event is large. Answers how many there are. */
export async function smallHistories(client: Client): Promise<number> {
  let workflows = 0;
  for await (const { workflowId, events } of histories(client)) {
    workflows += 1;
    const allowed = workflowId.startsWith('cluster/') ? most.eventsOfCluster : most.events;
    expect({ workflowId, isLong: events.length > allowed }).toEqual({ workflowId, isLong: false });
    for (const event of events) {
      const bytes = textsOf(event).reduce((sum, text) => sum + text.length, 0);
      expect({ workflowId, event: event.eventId, isLarge: bytes > most.bytes }).toMatchObject({ isLarge: false });
    }
  }
  return workflows;
}

/**
 * Looks at every step of every workflow that the server knows, and answers the names of those whose worker could be lost
 * for longer than so many seconds before another is given the step.
 */
export async function stepsThatLoseTime(client: Client, seconds: number): Promise<string[]> {
  const found = new Set<string>();
  for await (const { events } of histories(client)) {
    for (const { activityTaskScheduledEventAttributes: step } of events) {
      if (!step) continue;
      const bounds = [step.heartbeatTimeout, step.startToCloseTimeout].map((one) => Number(one?.seconds ?? 0));
      if (!bounds.some((bound) => bound > 0 && bound <= seconds)) found.add(step.activityType!.name!);
    }
  }
  return [...found].sort();
}

/** How often each step of this name was begun before it ended, one number for each time that a workflow asked for it. */
export async function attemptsOf(client: Client, step: string): Promise<number[]> {
  const attempts: number[] = [];
  for await (const { events } of histories(client)) {
    const asked = new Set(
      events.flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === step ? [String(eventId)] : [],
      ),
    );
    for (const { activityTaskStartedEventAttributes: started } of events)
      if (started && asked.has(String(started.scheduledEventId))) attempts.push(Number(started.attempt));
  }
  return attempts;
}

/**
 * Presses *Reset* as the Temporal UI does, to the first workflow task that the newest run has completed. A run that has
 * only just begun (it continues another one) has completed none yet: that is waited for.
 */
export async function pressReset(client: Client, workflowId: string): Promise<void> {
  for (;;) {
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
    if (first?.eventId) {
      await client.workflowService.resetWorkflowExecution({
        namespace: client.options.namespace,
        workflowExecution: { workflowId, runId },
        reason: 'pressed by hand',
        workflowTaskFinishEventId: first.eventId,
        requestId: randomUUID(),
      });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The history of each workflow, open or closed, with the memo and whatever else stands in its events. */
export async function* histories(client: Client) {
  for await (const { workflowId, runId } of client.workflow.list()) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    yield { workflowId, runId, events: events ?? [] };
  }
}

/** Everything in a value that can be read: its texts and field names, and its bytes (payloads) as text, one character a byte. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('latin1')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsOf(inner)]);
}
