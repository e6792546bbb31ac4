import { type ClusterState, newCluster, parseShortRun, taskOf, type TaskState } from '../../model/cluster-state';
import type { Answer, Order } from '../../model/command';
import { decide } from '../../model/decide';
import { type Label, labelAt } from '../../model/label';
import { parseNotRun } from '../../model/period';
import { nextRunOf, noticeMissed } from '../../model/periodic';
import { ended, nextRun, type RunEnd, started } from '../../model/queue';
import type { ClusterFacts, RunIdentity } from '../../model/run';
import { productSettings } from '../../model/settings';
import { randomFrom, tellSeed } from '../kit/seed';
import { type Event, type History, historyFrom } from './cluster-history';
import {
  nextOf,
  type Reason,
  SimpleCluster,
  type SimpleGap,
  type SimpleRun,
  type SimpleTask,
  type Told,
} from './simple-cluster';

/**
 * The rules of `model/` and others for the same, written apart from them: after each event of many histories both must
 * say the same. `CAIRN_HISTORIES=1000000` takes longer.
 */
const histories = Number(process.env['CAIRN_HISTORIES'] ?? 8_000);

it(`planned times are decided as the rules are told, in ${histories} histories`, () => {
  const seed = tellSeed();
  for (let number = 0; number < histories; number += 1) {
    const history = historyFrom(randomFrom(seed + number * 7919));
    if (differenceIn(history) !== undefined) throw new Error(tell(seed, number, shortest(history)));
  }
}, 3_600_000);

/** The real rules, which one event after the other is told. */
interface Real {
  state: ClusterState;
  keys: number;
}

function differenceIn({ mayWait, events }: History): string | undefined {
  const real: Real = { state: newCluster(factsOf(mayWait)), keys: 0 };
  const simple = new SimpleCluster(mayWait);
  for (const [index, event] of events.entries()) {
    const before = real.state;
    const difference = happen(real, simple, event) ?? compare(before, real.state, simple, event.at);
    if (difference !== undefined) return `event ${index + 1}: ${difference}`;
  }
  return compareAll(real.state, simple);
}

function happen(real: Real, simple: SimpleCluster, event: Event): string | undefined {
  const now = event.at;
  switch (event.do) {
    case 'order':
      return order(real, simple, event.order, now);
    case 'startNext':
      return startNext(real, simple, now);
    case 'look':
      real.state = noticeMissed(real.state, now);
      simple.look(now);
      return undefined;
    case 'end':
      if (real.state.running !== undefined) real.state = ended(real.state, endOf(event, real.state.running), now);
      simple.end(event.outcome, now);
      return undefined;
  }
}

function order(real: Real, simple: SimpleCluster, wanted: Order, now: number): string | undefined {
  const goesOn = 'task' in wanted && simple.running?.task === wanted.task;
  const { state, answer, cancelRun } = decide(
    real.state,
    { key: `k${(real.keys += 1)}`, at: now, replyTo: 'r', order: wanted },
    now,
  );
  // No key is asked twice here, and answers would be most of the state.
  real.state = { ...state, recent: [] };
  const expected = tellSimple(simple, wanted, now);
  const isStopped = goesOn && expected === 'accepted' && (wanted.do === 'lock' || wanted.do === 'stop');
  return differ('answer', toldBy(answer), expected) ?? differ('run is cancelled', cancelRun === true, isStopped);
}

function tellSimple(simple: SimpleCluster, wanted: Order, now: number): Told {
  switch (wanted.do) {
    case 'putTask':
      return simple.put(wanted.task.name, wanted.task.kind === 'backup' ? wanted.task.period : undefined, now);
    case 'deleteTask':
      return simple.delete(wanted.task);
    case 'start':
      return simple.startByHand(wanted.task);
    case 'stop':
      return simple.stop(wanted.task, now);
    case 'trigger':
      return simple.ask(wanted.task, wanted.planned, now);
    case 'lock':
      return simple.lock(wanted.task, now);
    case 'unlock':
      return simple.unlock(wanted.task, now);
    default:
      throw new Error(`no history has ${wanted.do}`);
  }
}

function toldBy(answer: Answer): Told {
  if (!answer.accepted) return answer.refusal;
  return answer.did === 'decided already' ? answer.did : 'accepted';
}

function startNext(real: Real, simple: SimpleCluster, now: number): string | undefined {
  const input = nextRun(real.state, now);
  if (input !== undefined) real.state = started(real.state, input, 'run-id', now);
  const expected = simple.startNext(now);
  return differ('run that starts', input && shortOf(input), expected && shortOf(named(expected)));
}

function endOf({ outcome, status, at }: Extract<Event, { do: 'end' }>, running: RunIdentity): RunEnd {
  if (status !== 'completed') return { status };
  const { kind, key, task, label, trigger } = running;
  return { status, result: { kind, key, task, label, trigger, outcome, begin: at, end: at, parts: [] } };
}

/** What a single event can change. Of lists that only grow, the newest; all at the end of the history. */
function compare(before: ClusterState, state: ClusterState, simple: SimpleCluster, now: number): string | undefined {
  let difference = differ('number of tasks', Object.keys(state.tasks).length, simple.tasks.size);
  difference ??= differ('queue', shortQueue(state.queue), shortQueue(simple.queue));
  difference ??= differ('running', state.running?.task, simple.running?.task);
  for (const [name, task] of simple.tasks) difference ??= compareTask(before, state, name, task, now);
  const alarms = [...simple.tasks.values()].filter((one) => one.alarm !== undefined).length;
  return difference ?? differ('number of alarms', state.alarms.length, alarms);
}

function compareTask(
  before: ClusterState,
  state: ClusterState,
  name: string,
  simple: SimpleTask,
  now: number,
): string | undefined {
  const task = taskOf(state, name);
  if (task === undefined) return `task ${name} is not there`;
  const alarm = state.alarms.find((one) => one.task === name && one.id === '12034');
  return (
    differ(`status of ${name}`, task.status, simple.status) ??
    differ(`lock of ${name}`, task.locked !== undefined, simple.locked) ??
    differ(`next run of ${name}`, nextRunOf(task, now), nextOf(simple, now)) ??
    differ(`alarm of ${name}`, alarm?.raised, simple.alarm) ??
    (task === taskOf(before, name) ? undefined : compareLists(name, task, simple, 1))
  );
}

function compareAll(state: ClusterState, simple: SimpleCluster): string | undefined {
  let difference: string | undefined;
  for (const [name, task] of simple.tasks) difference ??= compareLists(name, taskOf(state, name)!, task, Infinity);
  return difference;
}

const kept = { runs: 10, gaps: 10 };

/** So many of the newest runs and gaps. */
function compareLists(name: string, task: TaskState, simple: SimpleTask, count: number): string | undefined {
  const runs = simple.ended.slice(-Math.min(count, kept.runs)).reverse();
  const gaps = simple.gaps.slice(-Math.min(count, kept.gaps)).reverse();
  let difference =
    differ(`number of runs of ${name}`, task.runs.length, Math.min(simple.ended.length, kept.runs)) ??
    differ(`number of gaps of ${name}`, task.notRun?.length ?? 0, Math.min(simple.gaps.length, kept.gaps));
  for (const [index, run] of runs.entries()) difference ??= compareRun(name, task.runs[index]!, run);
  for (const [index, gap] of gaps.entries()) difference ??= compareGap(name, task.notRun![index]!, gap);
  return difference;
}

function compareRun(name: string, line: string, expected: SimpleRun): string | undefined {
  const { label, trigger, outcome } = parseShortRun(line);
  const told = `${label} ${trigger} ${outcome}`;
  return differ(`run of ${name}`, told, `${labelAt(expected.label)} ${expected.trigger} ${expected.outcome}`);
}

function compareGap(name: string, line: string, { what, first, times, reasons }: SimpleGap): string | undefined {
  const { reason, ...told } = parseNotRun(line);
  return (
    differ(`gap of ${name}`, `${told.what} ${told.planned} ${told.times}`, `${what} ${labelAt(first)} ${times}`) ??
    (what === 'missed' || reasons.some((one) => reasonTexts[one].test(reason))
      ? undefined
      : `reason of ${name} is "${reason}", expected one of ${reasons.join(' ')}`)
  );
}

const reasonTexts: { readonly [reason in Reason]: RegExp } = {
  late: /^it came \d+ s after its planned time/,
  interval: /^its latest run started \d+ s before/,
  busy: /^its run before still/,
  full: /^the queue is full$/,
  locked: /^the task was locked before/,
};

function differ<T>(what: string, real: T, expected: T): string | undefined {
  return real === expected ? undefined : `${what} is ${String(real)}, expected ${String(expected)}`;
}

function named({ task, trigger, label }: SimpleRun) {
  return { task, trigger, label: labelAt(label) };
}

function shortOf({ task, trigger, label }: { task: string; trigger: string; label: Label }): string {
  return `${task} ${trigger} ${label}`;
}

function shortQueue(queue: readonly { readonly task: string; readonly trigger: string }[]): string {
  return queue.map(({ task, trigger }) => `${task} ${trigger}`).join(', ');
}

/** Without the events that the difference does not need, nor those after it. */
function shortest(history: History): History {
  for (let index = history.events.length - 1; index >= 0; index -= 1) {
    const without = { ...history, events: history.events.filter((_, other) => other !== index) };
    if (differenceIn(without) !== undefined) return shortest(without);
  }
  return history;
}

function tell(seed: number, number: number, history: History): string {
  const events = history.events.map((event) => `  ${new Date(event.at).toISOString()} ${JSON.stringify(event)}`);
  return [
    `CAIRN_SEED=${seed}, history ${number}, ${history.mayWait} may wait: ${differenceIn(history)}`,
    ...events,
  ].join('\n');
}

function factsOf(waitingTasks: number): ClusterFacts {
  return {
    id: '1',
    version: '3.3.0',
    services: { nameNode: { nameServices: ['hacluster'] } },
    localBackupHosts: ['node1'],
    hosts: ['node1'],
    settings: { ...productSettings, waitingTasks },
  };
}
