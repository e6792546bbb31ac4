import type { AlarmId } from './alarms';
import type { ClusterFacts, Outcome, RunKind, Trigger } from './run';
import type { Label } from './label';

/** What people and programs can be told of. */
export const notificationTypes = [
  'run.started',
  'run.successful',
  'run.failed',
  'run.stopped',
  'run.postponed',
  'run.missed',
  'alarm.raised',
  'alarm.cleared',
] as const;
export type NotificationType = (typeof notificationTypes)[number];

/** What stands for a channel where the `cluster` workflow decides who is told: neither addresses nor secrets. */
export interface ChannelFacts {
  readonly name: string;
  /** All when absent. */
  readonly events?: readonly NotificationType[];
}

/**
 * Something that happened, told to the outside. Plain data; times are ISO 8601 in UTC. `schemas/notification.schema.json`
 * describes what a webhook receives of it.
 */
export interface Notification {
  /** The same for the same thing, however often it is told. Letters, digits, `_`, `-` and `:`. */
  readonly id: string;
  readonly type: NotificationType | 'notification.test';
  /** When it happened. */
  readonly timestamp: string;
  readonly cluster: string;
  /** Absent in tests, and of an alarm of the whole cluster. */
  readonly task?: string;
  /** Of `run.started` and of its end. */
  readonly run?: NotifiedRun;
  /** Of `run.postponed` and `run.missed`. */
  readonly planned?: NotifiedTimes;
  readonly alarm?: NotifiedAlarm;
  /** Why, in words. */
  readonly reason?: string;
}

export interface NotifiedRun {
  readonly kind: Exclude<RunKind, 'cleanUp'>;
  readonly label: Label;
  readonly trigger: Trigger;
  readonly begin: string;
  /** Once it has ended, as all that follows. */
  readonly end?: string;
  readonly bytes?: number;
  readonly parts?: readonly NotifiedPart[];
  /** How many parts are not told of, so that it stays short. */
  readonly more?: number;
}

/** What became of one set of the run. */
export interface NotifiedPart {
  readonly source: string;
  readonly part: string;
  readonly outcome: Outcome;
  readonly set?: string;
  readonly bytes: number;
  readonly files: number;
  readonly reason?: string;
  readonly errorKind?: string;
}

export interface NotifiedTimes {
  /** The first planned time that led to no run, and how many in a row there were. */
  readonly first: string;
  readonly times: number;
}

export interface NotifiedAlarm {
  readonly id: AlarmId;
  readonly title: string;
  readonly raised: string;
}

/** Names of the channels that want to hear of this. */
export function channelsFor({ channels = [] }: ClusterFacts, type: NotificationType): string[] {
  return channels.filter(({ events }) => events === undefined || events.includes(type)).map(({ name }) => name);
}
