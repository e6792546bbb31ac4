import type { Order } from '../../model/command';
import type { Period } from '../../model/period';
import type { RunEnd } from '../../model/queue';
import type { Outcome } from '../../model/run';
import type { BackupTask } from '../../model/task';

/** What comes to a cluster, and what its clock says then. Makes sense, or is refused, whatever came before. */
export type Event = { readonly at: number } & (
  | { readonly do: 'order'; readonly order: Order }
  | { readonly do: 'startNext' }
  | { readonly do: 'end'; readonly outcome: Outcome; readonly status: RunEnd['status'] }
  | { readonly do: 'look' }
);

export interface History {
  readonly mayWait: number;
  readonly events: readonly Event[];
}

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

/** Clocks are put forward or back somewhere about then, a year ends, a day is added. Nothing of that matters. */
const moments = [
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 9, 25, 1),
  Date.UTC(2026, 2, 8, 7),
  Date.UTC(2026, 10, 1, 6),
  Date.UTC(2026, 11, 31, 23, 59),
  Date.UTC(2028, 1, 29),
  Date.UTC(2026, 6, 15, 12),
];

const names = ['often', 'hourly', 'rarely', 'byHand'] as const;
const periodic = ['often', 'hourly', 'rarely'] as const;
type Name = (typeof names)[number];
const lengths: { readonly [name in Name]: readonly number[] } = {
  often: [121, 180, 300],
  hourly: [3600, 5400],
  rarely: [21_600, 86_400],
  byHand: [],
};

export function backupTask(name: string, period: Period | undefined, copies = 24): BackupTask {
  const source = { source: 'nameNode', entry: { source: 'nameNode' }, copies, target: { kind: 'localDir' } } as const;
  const mode = period === undefined ? 'manual' : 'periodic';
  return { kind: 'backup', name, cluster: '1', mode, ...(period && { period }), sources: [source] };
}

/** A history by chance: full of planned times about their limits, sparse in all that is dull. */
export function historyFrom(random: () => number): History {
  return new Chance(random).history();
}

class Chance {
  private now: number;
  /** What the tasks were told last, also when it was refused. */
  private readonly periods = new Map<Name, Period | undefined>();
  private readonly asked: { readonly task: Name; readonly planned: number }[] = [];
  private readonly events: Event[] = [];

  constructor(private readonly random: () => number) {
    this.now = this.oneOf(moments) + this.upTo(2 * hour) - hour;
  }

  history(): History {
    const mayWait = 1 + this.upTo(2);
    for (const name of names) this.put(name);
    const steps = 8 + this.upTo(32);
    for (let step = 0; step < steps; step += 1) {
      this.pass();
      this.something();
    }
    return { mayWait, events: this.events };
  }

  /** Time goes on: mostly a little, so that something is about to happen to what happened. */
  private pass(): void {
    const kind = this.random();
    if (kind < 0.6) this.now += this.upTo(5 * second);
    else if (kind < 0.85) this.now += this.upTo(200 * second);
    else if (kind < 0.97) this.now += this.upTo(2 * hour);
    else this.now += this.oneOf([second, 100 * second, 130 * second, hour, day, 3 * day]) * this.oneOf([1, -1]);
  }

  private something(): void {
    const kind = this.random();
    const task = this.oneOf(names);
    if (kind < 0.3) this.ask();
    else if (kind < 0.35) this.askSoonAfterRun();
    else if (kind < 0.55) this.add({ do: 'startNext', at: this.now });
    else if (kind < 0.71) this.end();
    else if (kind < 0.79) this.order({ do: 'start', task, trigger: 'manual' });
    else if (kind < 0.85) this.add({ do: 'look', at: this.now });
    else if (kind < 0.88) this.order({ do: 'lock', task });
    else if (kind < 0.92) this.order({ do: 'unlock', task });
    else if (kind < 0.95) this.order({ do: 'stop', task });
    else if (kind < 0.97) this.order({ do: 'deleteTask', task });
    else this.put(task);
  }

  private put(name: Name): void {
    const before = this.periods.get(name);
    const keeps = before !== undefined && this.random() < 0.3;
    const period = keeps ? before : this.period(name);
    this.periods.set(name, period);
    this.order({ do: 'putTask', task: backupTask(name, period, 24 + this.upTo(2)) });
  }

  private period(name: Name): Period | undefined {
    if (lengths[name].length === 0 || this.random() < 0.05) return undefined;
    const seconds = this.oneOf(lengths[name]);
    const away = this.upTo(3 * seconds) - 2 * seconds;
    return { started: (Math.floor(this.now / second) + away) * second, seconds };
  }

  /** A planned time reaches the cluster: in time, late, once more, out of order, before it has come, or it is none. */
  private ask(): void {
    const again = this.asked.length > 0 && this.random() < 0.15 ? this.oneOf(this.asked) : undefined;
    const task = again?.task ?? this.oneOf(this.random() < 0.03 ? names : periodic);
    const planned = again?.planned ?? this.planned(this.periodOf(task));
    const isEarly = this.random() < 0.03;
    this.now = Math.max(this.now, isEarly ? planned - 120 * second - this.aLittle() : planned + this.delay());
    this.asked.push({ task, planned });
    this.order({ do: 'trigger', task, planned });
  }

  /** A run by hand begins shortly before a planned time; that comes about as much later as must be between. */
  private askSoonAfterRun(): void {
    const task = this.oneOf(periodic);
    const planned = this.planned(this.periodOf(task));
    this.now = Math.max(this.now, planned - this.upTo(140 * second));
    this.order({ do: 'start', task, trigger: 'manual' });
    for (let runs = 0; runs < 4; runs += 1) {
      this.add({ do: 'startNext', at: this.now });
      this.end();
    }
    const label = this.now - (this.now % second);
    this.now = label + (120 * second + this.aLittle()) * this.oneOf([1, 1, 1, 1, -1]);
    this.order({ do: 'trigger', task, planned });
  }

  private periodOf(task: Name): Period {
    return this.periods.get(task) ?? { started: this.now - (this.now % second), seconds: 300 };
  }

  private planned({ started, seconds }: Period): number {
    const passed = Math.floor((this.now - started) / (seconds * second));
    const time = started + (passed + this.oneOf([-1, 0, 0, 0, 1, 1, 1, 1, 1, 2])) * seconds * second;
    if (this.random() < 0.04) return time + this.oneOf([1, -1, second, (seconds * second) / 2]);
    return this.random() < 0.95 ? Math.max(started, time) : time;
  }

  private delay(): number {
    const kind = this.random();
    if (kind < 0.5) return this.upTo(2 * second);
    return kind < 0.7 ? 120 * second + this.aLittle() : this.upTo(400 * second);
  }

  private aLittle(): number {
    return this.oneOf([-second, -1, 0, 1, second]);
  }

  /** With a word of its own, or as the server tells it. */
  private end(): void {
    const outcome = this.oneOf(['Successful', 'Successful', 'Failed', 'Stopped'] as const);
    const silent = outcome === 'Failed' ? this.oneOf(['failed', 'timedOut', 'missing'] as const) : 'cancelled';
    const status = outcome === 'Successful' || this.random() < 0.5 ? 'completed' : silent;
    this.add({ do: 'end', outcome, status, at: this.now });
  }

  private order(order: Order): void {
    this.add({ do: 'order', order, at: this.now });
  }

  private add(event: Event): void {
    this.events.push(event);
  }

  private oneOf<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)]!;
  }

  /** A whole number that is less. */
  private upTo(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
