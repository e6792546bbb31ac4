import type { Refusal } from '../../model/command';
import type { Period } from '../../model/period';
import type { Outcome, Trigger } from '../../model/run';
import type { TaskStatus } from '../../model/task';

/** What is told to who asks: that it is so, why not, or that it was so before. */
export type Told = 'accepted' | 'decided already' | Refusal;

export interface SimpleRun {
  readonly task: string;
  readonly trigger: Trigger;
  /** Its start, in whole seconds. Milliseconds since 1970. */
  readonly label: number;
  outcome?: Outcome;
}

/** Planned times that led to no run. */
export interface SimpleGap {
  readonly what: 'missed' | 'postponed';
  readonly first: number;
  readonly times: number;
  /** All that stood in the way of a postponed one; which of them is told does not matter. */
  readonly reasons: readonly Reason[];
}

export type Reason = 'late' | 'interval' | 'busy' | 'full' | 'locked';

export class SimpleTask {
  status: TaskStatus = 'Ready';
  locked = false;
  /** The first planned time that nothing was decided of yet. */
  undecided = 0;
  /** Of the latest run that began. */
  latestLabel = -Infinity;
  /** Also of one that was stopped while it waited: no two runs have the same. */
  latestUsed = -Infinity;
  /** Newest last. */
  readonly ended: SimpleRun[] = [];
  readonly gaps: SimpleGap[] = [];
  /** Since when ALM-12034 stands. */
  alarm: number | undefined;

  constructor(public period: Period | undefined) {}
}

const second = 1000;

/**
 * The rules for planned times once more, as docs/operations.md tells them, and written by nobody who looked at those of
 * `model/`: with fields that change, one step after the other, planned times counted one by one. For comparison only.
 */
export class SimpleCluster {
  readonly tasks = new Map<string, SimpleTask>();
  readonly queue: { readonly task: string; readonly trigger: Trigger }[] = [];
  running: SimpleRun | undefined;

  /** @param mayWait as many wait beside the one that runs, or is about to */
  constructor(private readonly mayWait: number) {}

  put(name: string, period: Period | undefined, now: number): Told {
    const task = this.tasks.get(name);
    if (task === undefined) {
      const made = new SimpleTask(period);
      this.tasks.set(name, made);
      beginAnew(made, now);
    } else if (task.period?.started !== period?.started || task.period?.seconds !== period?.seconds) {
      task.period = period;
      task.alarm = undefined;
      if (period === undefined) task.locked = false;
      beginAnew(task, now);
    }
    return 'accepted';
  }

  delete(name: string): Told {
    const task = this.tasks.get(name);
    if (task === undefined) return 'unknownTask';
    if (isBusy(task)) return 'inUse';
    this.tasks.delete(name);
    return 'accepted';
  }

  startByHand(name: string): Told {
    const task = this.tasks.get(name);
    if (task === undefined) return 'unknownTask';
    if (isBusy(task)) return 'alreadyRunning';
    if (this.isFull()) return 'queueFull';
    this.wait(name, task, 'manual');
    return 'accepted';
  }

  /** A planned time has come, or somebody says so. */
  ask(name: string, planned: number, now: number): Told {
    const task = this.tasks.get(name);
    if (task === undefined) return 'unknownTask';
    if (task.period === undefined) return 'notPlanned';
    const { started, seconds } = task.period;
    const periods = (planned - started) / (seconds * second);
    if (periods < 0 || !Number.isInteger(periods)) return 'notPlanned';
    if (task.locked) return 'locked';
    if (planned < task.undecided) return 'decided already';
    if (planned > now + 120 * second) return 'notPlanned';

    this.missAllBefore(task, planned, now);
    task.undecided = planned + seconds * second;
    const reasons: Reason[] = [];
    if (now > planned + 120 * second) reasons.push('late');
    if (Math.abs(now - task.latestLabel) <= 120 * second) reasons.push('interval');
    if (isBusy(task)) reasons.push('busy');
    if (this.isFull()) reasons.push('full');
    if (reasons.length > 0) {
      task.gaps.push({ what: 'postponed', first: planned, times: 1, reasons });
      return 'postponed';
    }
    this.wait(name, task, 'schedule');
    return 'accepted';
  }

  stop(name: string, now: number): Told {
    const task = this.tasks.get(name);
    if (task === undefined) return 'unknownTask';
    if (!isBusy(task)) return 'notRunning';
    this.takeFromQueue(name, task, now);
    return 'accepted';
  }

  lock(name: string, now: number): Told {
    const task = this.tasks.get(name);
    if (task === undefined) return 'unknownTask';
    if (task.period === undefined) return 'invalid';
    this.lookAt(task, now);
    if (!task.locked) postponeAll(task, now);
    task.locked = true;
    this.takeFromQueue(name, task, now);
    return 'accepted';
  }

  unlock(name: string, now: number): Told {
    const task = this.tasks.get(name);
    if (task === undefined) return 'unknownTask';
    if (task.locked) beginAnew(task, now);
    task.locked = false;
    return 'accepted';
  }

  /** The hourly look for planned times that nobody asked for. */
  look(now: number): void {
    for (const task of this.tasks.values()) this.lookAt(task, now);
  }

  startNext(now: number): SimpleRun | undefined {
    if (this.running !== undefined) return undefined;
    const next = this.queue.shift();
    if (next === undefined) return undefined;
    const task = this.tasks.get(next.task)!;
    task.status = 'Running';
    task.latestLabel = labelFor(task, now);
    this.running = { ...next, label: task.latestLabel };
    return this.running;
  }

  end(outcome: Outcome, now: number): void {
    const run = this.running;
    if (run === undefined) return;
    this.running = undefined;
    const task = this.tasks.get(run.task)!;
    task.status = outcome;
    task.ended.push({ ...run, outcome });
    if (outcome === 'Successful') task.alarm = undefined;
    if (outcome === 'Failed' && run.trigger === 'schedule') task.alarm ??= now;
  }

  private isFull(): boolean {
    // While none runs yet, the first of the queue is the one that is about to.
    const before = this.queue.length + (this.running === undefined ? 0 : 1);
    return before === this.mayWait + 1;
  }

  private wait(name: string, task: SimpleTask, trigger: Trigger): void {
    task.status = 'Waiting';
    this.queue.push({ task: name, trigger });
  }

  /** One that runs is told to end, and ends by itself. */
  private takeFromQueue(name: string, task: SimpleTask, now: number): void {
    if (task.status !== 'Waiting') return;
    task.status = 'Stopped';
    const place = this.queue.findIndex((one) => one.task === name);
    const [waiting] = this.queue.splice(place, 1);
    task.ended.push({ ...waiting!, label: labelFor(task, now), outcome: 'Stopped' });
  }

  /** Two minutes it may be late, two minutes a request may be old, and one more. */
  private lookAt(task: SimpleTask, now: number): void {
    if (task.period !== undefined && !task.locked) this.missAllBefore(task, now - 300 * second + 1, now);
  }

  private missAllBefore(task: SimpleTask, end: number, now: number): void {
    const first = task.undecided;
    let times = 0;
    for (; task.undecided < end; task.undecided += task.period!.seconds * second) times += 1;
    if (times === 0) return;
    task.gaps.push({ what: 'missed', first, times, reasons: [] });
    task.alarm ??= now;
  }
}

function labelFor(task: SimpleTask, now: number): number {
  task.latestUsed = Math.max(now - (now % second), task.latestUsed + second);
  return task.latestUsed;
}

/** Those that nobody has asked for yet, and that could have been. */
function postponeAll(task: SimpleTask, now: number): void {
  const first = task.undecided;
  let times = 0;
  for (; task.undecided <= now; task.undecided += task.period!.seconds * second) times += 1;
  if (times > 0) task.gaps.push({ what: 'postponed', first, times, reasons: ['locked'] });
}

/** When a task runs by itself next, as people are told. */
export function nextOf({ period, locked }: SimpleTask, now: number): number | undefined {
  return period === undefined || locked ? undefined : firstAfter(period, now);
}

/** Planned times that have passed are no concern of it. */
function beginAnew(task: SimpleTask, now: number): void {
  if (task.period !== undefined) task.undecided = firstAfter(task.period, now);
}

function firstAfter({ started, seconds }: Period, now: number): number {
  let planned = started;
  while (planned <= now) planned += seconds * second;
  return planned;
}

function isBusy({ status }: SimpleTask): boolean {
  return status === 'Waiting' || status === 'Running';
}
