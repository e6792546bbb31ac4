import { type ClusterState, newCluster, parseShortRun } from '../../model/cluster-state';
import { labelAt } from '../../model/label';
import type { Notification } from '../../model/notification';
import { webhookBody, webhookBodySchema } from '../../model/notification-schema';
import { notificationsOf } from '../../model/notifications';
import { parseNotRun } from '../../model/period';
import { noticeMissed } from '../../model/periodic';
import { randomFrom, tellSeed } from '../kit/seed';
import { type Event, historyFrom } from './cluster-history';
import { end, facts, order, resultOf, startNext, type Step } from './notified';

const histories = Number(process.env['CAIRN_HISTORIES'] ?? 800);

it(`of ${histories} histories nothing is left out, and nothing told twice`, () => {
  const seed = tellSeed();
  const seen = new Set<string>();
  for (let number = 0; number < histories; number += 1) {
    const { mayWait, events } = historyFrom(randomFrom(seed + number * 7919));
    const difference = differenceIn(mayWait, events, seen);
    if (difference !== undefined) throw new Error(`CAIRN_SEED=${seed}, history ${number}: ${difference}`);
  }
  expect([...seen].sort()).toEqual([
    'alarm.cleared',
    'alarm.raised',
    'run.failed',
    'run.missed',
    'run.postponed',
    'run.started',
    'run.stopped',
    'run.successful',
  ]);
});

/** What whoever reads all notifications knows of a cluster, compared with what it is after each event. */
function differenceIn(mayWait: number, events: readonly Event[], seen: Set<string>): string | undefined {
  let state = newCluster({ ...facts, settings: { ...facts.settings, waitingTasks: mayWait } });
  const alarms = new Set<string>();
  const ids = new Set<string>();
  for (const [index, event] of events.entries()) {
    const before = state;
    const step = happen(state, event);
    state = { ...step.state, recent: [] };
    for (const one of step.told) {
      seen.add(one.type);
      webhookBodySchema.parse(JSON.parse(webhookBody(one)));
      const key = `${one.task} ${one.alarm?.id}`;
      if (one.type === 'alarm.raised') alarms.add(key);
      if (one.type === 'alarm.cleared') alarms.delete(key);
      // After its clock went back, a cluster may meet the same planned time once more: it has the same id.
      if (ids.has(one.id) && !events.some(({ at }, place) => place > 0 && at < events[place - 1]!.at))
        return `event ${index}: ${one.id} is told twice`;
      ids.add(one.id);
    }
    const told = step.told.filter(({ type }) => type.startsWith('run.')).map(shortRunEvent);
    const expected = expectedOf(before, state, event);
    if (told.join() !== expected.join()) return `event ${index}: told ${told.join()}, expected ${expected.join()}`;
    const standing = state.alarms.map(({ task, id }) => `${task} ${id}`).sort();
    if (standing.join() !== [...alarms].sort().join()) return `event ${index}: alarms are ${standing.join()}`;
  }
  return undefined;
}

function happen(state: ClusterState, event: Event): Step {
  switch (event.do) {
    case 'order':
      return order(state, event.order, event.at);
    case 'startNext':
      return startNext(state, event.at);
    case 'look': {
      const next = noticeMissed(state, event.at);
      return { state: next, told: notificationsOf(state, next, event.at) };
    }
    case 'end': {
      if (state.running === undefined) return { state, told: [] };
      const result = resultOf(state.running, event.outcome, event.at);
      return end(
        state,
        event.status === 'completed' ? { status: event.status, result } : { status: event.status },
        event.at,
      );
    }
  }
}

function shortRunEvent({ type, task, run, planned }: Notification): string {
  return `${task} ${type.slice(4)} ${run?.label ?? `${labelAt(Date.parse(planned!.first))} ${planned!.times}`}`;
}

/** So many planned times without a run are kept of a task. */
const mostGaps = 10;

/** By other means: what stands in the queue's place, and what has been added to the tasks' histories. */
function expectedOf(before: ClusterState, state: ClusterState, { do: what }: Event): string[] {
  const { running } = state;
  const begun =
    what === 'startNext' && running !== undefined && before.running === undefined
      ? [`${running.task} started ${running.label}`]
      : [];
  const over =
    what === 'end' && before.running !== undefined
      ? [`${before.running.task} ${state.tasks[before.running.task]!.status.toLowerCase()} ${before.running.label}`]
      : [];
  const neverBegun =
    what === 'order'
      ? before.queue
          .filter(({ task }) => state.tasks[task]!.status === 'Stopped')
          .map(({ task }) => `${task} stopped ${parseShortRun(state.tasks[task]!.runs[0]!).label}`)
      : [];
  const gaps = Object.entries(state.tasks).flatMap(([name, { notRun = [] }]) => {
    const known = before.tasks[name]?.notRun ?? [];
    const added =
      notRun === known ? 0 : notRun.length < mostGaps ? notRun.length - known.length : addedTo(known, notRun);
    return notRun
      .slice(0, added)
      .reverse()
      .map((text) => parseNotRun(text))
      .map(({ planned, what: how, times }) => `${name} ${how} ${planned} ${times}`);
  });
  return [...begun, ...neverBegun, ...over, ...gaps];
}

function addedTo(known: readonly string[], list: readonly string[]): number {
  const counts = Array.from({ length: mostGaps + 1 }, (_, count) => count);
  return counts.find((added) => list.slice(added).every((text, place) => text === known[place]))!;
}
