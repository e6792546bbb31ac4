import type { Label } from './label';
import type { MirrorReport } from './mirror';
import type { ClusterFacts, Trigger } from './run';
import type { Task } from './task';

/** What people, pipelines and runs ask of a `cluster` workflow. */
export type Order =
  /** With `instead` only where this task is there as it stands here; with null only where none is of its name. */
  | { readonly do: 'putTask'; readonly task: Task; readonly creation?: Label; readonly instead?: Task | null }
  | { readonly do: 'deleteTask'; readonly task: string }
  /** `by`: who asks; needed where a second person must approve it. */
  | { readonly do: 'start'; readonly task: string; readonly trigger: Trigger; readonly by?: string }
  | { readonly do: 'stop'; readonly task: string }
  /** The start of a restoration with the key `asked` may run: somebody else than who asked says so. */
  | { readonly do: 'approve'; readonly task: string; readonly asked: string; readonly by: string }
  | {
      readonly do: 'reject';
      readonly task: string;
      readonly asked: string;
      readonly by: string;
      readonly reason?: string;
    }
  /** A planned time of a periodic task has come; milliseconds since 1970. From its schedule. */
  | { readonly do: 'trigger'; readonly task: string; readonly planned: number }
  | { readonly do: 'lock'; readonly task: string; readonly reason?: string }
  | { readonly do: 'unlock'; readonly task: string }
  /** Sets that a reader outside the queue needs: retention leaves them alone until then. */
  | { readonly do: 'hold'; readonly sets: readonly string[]; readonly seconds: number }
  | { readonly do: 'release'; readonly hold: string }
  /** A run needs that no other starts: for so long at the most, unless it asks again. */
  | { readonly do: 'pause'; readonly owner: string; readonly seconds: number }
  | { readonly do: 'resume'; readonly owner: string }
  /** Gives up the cluster with all its tasks; its sets stay. */
  | { readonly do: 'removeCluster' }
  /** A run asks which of these sets it may remove now. */
  | { readonly do: 'prune'; readonly sets: readonly string[] }
  /** A host has been compared with the active one. */
  | { readonly do: 'mirrored'; readonly report: MirrorReport };

export interface Command {
  /** Told apart by it: the same key gets the same answer. */
  readonly key: string;
  /** When it was asked, in milliseconds since 1970. */
  readonly at: number;
  /** The workflow that waits for the answer. */
  readonly replyTo: string;
  readonly order: Order;
}

const orders: { readonly [kind in Order['do']]: true } = {
  putTask: true,
  deleteTask: true,
  start: true,
  stop: true,
  approve: true,
  reject: true,
  trigger: true,
  lock: true,
  unlock: true,
  hold: true,
  release: true,
  pause: true,
  resume: true,
  removeCluster: true,
  prune: true,
  mirrored: true,
};

/**
 * Whether a signal carries a command at all. The Temporal UI lets people send any JSON by hand, and a workflow that
 * stumbles over it stands still until somebody terminates it.
 */
export function isCommand(value: unknown): value is Command {
  const { key, at, replyTo, order } = (value ?? {}) as Partial<Command>;
  if (typeof key !== 'string' || typeof at !== 'number' || typeof replyTo !== 'string') return false;
  if (replyTo === '' || typeof order !== 'object' || order === null || !Object.hasOwn(orders, order.do)) return false;
  return hasItsFields(order);
}

function hasItsFields(order: Order): boolean {
  switch (order.do) {
    case 'putTask':
      return typeof order.task === 'object' && order.task !== null && typeof order.task.name === 'string';
    case 'hold':
    case 'prune':
      return Array.isArray(order.sets);
    case 'trigger':
      return typeof order.task === 'string' && Number.isSafeInteger(order.planned);
    case 'removeCluster':
      return true;
    case 'release':
      return typeof order.hold === 'string';
    case 'pause':
      return typeof order.owner === 'string' && Number.isSafeInteger(order.seconds);
    case 'resume':
      return typeof order.owner === 'string';
    case 'mirrored':
      return isReport(order.report);
    case 'approve':
    case 'reject':
      return [order.task, order.asked, order.by, reasonIn(order)].every((field) => typeof field === 'string');
    case 'lock':
      return [order.task, reasonIn(order)].every((field) => typeof field === 'string');
    default:
      return typeof order.task === 'string';
  }
}

function isReport(report: unknown): boolean {
  const { host, of, behind = 0, reason = '' } = (report ?? {}) as Partial<MirrorReport>;
  return [host, of, reason].every((field) => typeof field === 'string') && Number.isSafeInteger(behind) && behind >= 0;
}

function reasonIn(order: object): unknown {
  return 'reason' in order ? order.reason : '';
}

export const refusals = [
  'unknownTask',
  'unknownCluster',
  'alreadyRunning',
  'queueFull',
  'notStartable',
  'notRunning',
  'notAwaited',
  'samePerson',
  'notPlanned',
  'postponed',
  'locked',
  'tooOld',
  'tooLarge',
  'limit',
  'invalid',
  'inUse',
] as const;
export type Refusal = (typeof refusals)[number];

export type Answer =
  | {
      readonly accepted: true;
      readonly did: string;
      readonly position?: number;
      readonly sets?: readonly string[];
      /** A start that awaits approval: until then, in milliseconds since 1970. */
      readonly until?: number;
    }
  | { readonly accepted: false; readonly refusal: Refusal; readonly message: string };

/** A worker's start tells the `cluster` workflow what its configuration says. */
export interface Registration {
  readonly facts: ClusterFacts;
}
