import { z } from 'zod';
import { BackupError } from '../model/errors';

/** What a ResourceManager tells in JSON, and what it means here. */

/** An application of Yarn. */
export interface YarnApplication {
  /** `application_…`. */
  readonly id: string;
  readonly user: string;
  readonly queue: string;
  /** `waiting`: not yet given a container. A `succeeded` one has done its work, though it may still tidy up. */
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'killed';
  /** Yarn holds no container of it any more. */
  readonly isOver: boolean;
  /** What Yarn says about its end; '' when nothing. */
  readonly diagnostics: string;
}

export interface YarnQueue {
  /** As Yarn writes it: with its parents where it tells them. */
  readonly name: string;
  /** False for a queue that only holds others. */
  readonly takesApplications: boolean;
  /** Such as `RUNNING`, `STOPPED`, `DRAINING`; undefined where the scheduler knows no such thing. */
  readonly state?: string;
}

/** The counters of a job: all groups together, name → total. */
export type JobCounters = ReadonlyMap<string, number>;

const applicationSchema = z
  .object({
    id: z.string(),
    user: z.string().default(''),
    queue: z.string().default(''),
    state: z.string(),
    finalStatus: z.string().default('UNDEFINED'),
    diagnostics: z.string().nullish(),
  })
  .transform(({ id, user, queue, state, finalStatus, diagnostics }): YarnApplication => {
    const isOver = ['FINISHED', 'FAILED', 'KILLED'].includes(state);
    return { id, user, queue, state: stateOf(state, finalStatus), isOver, diagnostics: diagnostics ?? '' };
  });

function stateOf(state: string, finalStatus: string): YarnApplication['state'] {
  if (finalStatus === 'SUCCEEDED') return 'succeeded';
  if (finalStatus === 'KILLED' || state === 'KILLED') return 'killed';
  if (finalStatus === 'FAILED' || state === 'FAILED' || state === 'FINISHED') return 'failed';
  return state === 'RUNNING' ? 'running' : 'waiting';
}

const applicationsSchema = z.object({
  apps: z.object({ app: z.array(applicationSchema).optional() }).nullable(),
});
const countersSchema = z.object({
  jobCounters: z.object({
    counterGroup: z
      .array(z.object({ counter: z.array(z.object({ name: z.string(), totalCounterValue: z.number() })).default([]) }))
      .default([]),
  }),
});

/** Newest first. */
export function applicationsIn(answer: unknown): YarnApplication[] {
  const found = read(applicationsSchema, answer).apps?.app ?? [];
  return found.sort((one, other) => compareIds(other.id, one.id));
}

export function applicationIn(answer: unknown): YarnApplication {
  return read(z.object({ app: applicationSchema }), answer).app;
}

export function countersIn(answer: unknown): JobCounters {
  const groups = read(countersSchema, answer).jobCounters.counterGroup;
  return new Map(
    groups.flatMap(({ counter }) => counter.map(({ name, totalCounterValue }) => [name, totalCounterValue])),
  );
}

/** `application_<start of the ResourceManager>_<number>`; the number has four digits or more. */
function compareIds(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** Capacity, fair and fifo schedulers each show their queues in their own way. */
type QueueTree = {
  readonly queueName?: string | undefined;
  readonly queuePath?: string | undefined;
  readonly state?: string | undefined;
  readonly queues?: { readonly queue?: QueueTree[] | undefined } | null | undefined;
  readonly childQueues?: QueueTree[] | { readonly queue?: QueueTree[] | undefined } | null | undefined;
};
const queueTreeSchema: z.ZodType<QueueTree> = z.lazy(() =>
  z.object({
    queueName: z.string().optional(),
    queuePath: z.string().optional(),
    state: z.string().optional(),
    queues: z.object({ queue: z.array(queueTreeSchema).optional() }).nullish(),
    childQueues: z
      .union([z.array(queueTreeSchema), z.object({ queue: z.array(queueTreeSchema).optional() })])
      .nullish(),
  }),
);
const schedulerSchema = z.object({
  scheduler: z.object({
    schedulerInfo: z.intersection(
      z.object({ type: z.string().default(''), rootQueue: queueTreeSchema.optional() }),
      queueTreeSchema,
    ),
  }),
});

/** All queues that can be named. */
export function queuesIn(answer: unknown): YarnQueue[] {
  const info = read(schedulerSchema, answer).scheduler.schedulerInfo;
  if (info.type.startsWith('fifo')) return [{ name: 'root.default', takesApplications: true, state: info.state ?? '' }];
  return queuesOf(info.rootQueue ?? info, '');
}

function queuesOf(tree: QueueTree, above: string): YarnQueue[] {
  const name = tree.queuePath ?? nameOf(tree.queueName ?? 'root', above);
  const children = childrenOf(tree);
  const takesApplications = children.length === 0;
  return [
    { name, takesApplications, ...(tree.state === undefined ? {} : { state: tree.state }) },
    ...children.flatMap((child) => queuesOf(child, name)),
  ];
}

function nameOf(own: string, above: string): string {
  return above === '' || own.startsWith(`${above}.`) ? own : `${above}.${own}`;
}

function childrenOf({ queues, childQueues }: QueueTree): readonly QueueTree[] {
  return queues?.queue ?? (Array.isArray(childQueues) ? childQueues : childQueues?.queue) ?? [];
}

function read<Schema extends z.ZodType>(schema: Schema, found: unknown): z.output<Schema> {
  const result = schema.safeParse(found);
  if (result.success) return result.data;
  throw new BackupError('unavailable', 'an answer is not of the form that Yarn gives', {}, { cause: result.error });
}
