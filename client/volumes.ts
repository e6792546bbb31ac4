import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { BackupError } from '../model/errors';
import { asData, isDataKind } from '../model/kinds';
import { workflowTypes } from '../model/messages';
import { queues } from '../model/names';
import type { Volume, Volumes } from '../model/run-estimate';
import type { BackupTask } from '../model/task';
import type { measureVolume } from '../workflows/measure-volume';
import { resultOfErrand, somePatienceMs } from './errand';
import { failureOf, mayPass } from './failures';

/** How much service data tasks have now. */
export interface MeasuredTasks {
  /** Of those of which all could be measured, by name. */
  readonly volumes: Volumes;
  /** Why it is not known of another one, by name. */
  readonly unknown: ReadonlyMap<string, string>;
}

/** Tasks of one workflow: its input and its time are limited. */
const mostTasks = 50;

/** Lets a worker look how much service data these tasks would copy; changes nothing. Never throws for what may pass. */
export async function measureTasks(
  client: Client,
  cluster: string,
  tasks: readonly BackupTask[],
): Promise<MeasuredTasks> {
  const looked = tasks.filter(({ sources }) => sources.some(({ source }) => isDataKind(source))).slice(0, mostTasks);
  if (looked.length === 0) return { volumes: new Map(), unknown: new Map() };
  try {
    return await measure(client, cluster, looked);
  } catch (error) {
    const why = whyOf(error);
    return { volumes: new Map(), unknown: new Map(looked.map(({ name }) => [name, why])) };
  }
}

async function measure(client: Client, cluster: string, tasks: readonly BackupTask[]): Promise<MeasuredTasks> {
  const sources = tasks.flatMap(({ name, sources }) =>
    sources
      .filter(({ source }) => isDataKind(source))
      .map(({ source, entry }) => ({ task: name, source: asData(source), entry })),
  );
  const handle = await client.workflow.start<typeof measureVolume>(workflowTypes.measureVolume, {
    workflowId: `volume/${cluster}/${randomUUID()}`,
    taskQueue: queues.control,
    args: [{ cluster, sources }],
    workflowExecutionTimeout: '1 minute',
    staticSummary: `look how much service data ${tasks.length === 1 ? `task ${tasks[0]!.name}` : `${tasks.length} tasks`} of cluster ${cluster} would copy`,
  });
  const measured = await resultOfErrand(client, handle, { patienceMs: somePatienceMs });
  const [volumes, unknown] = [new Map<string, Volume>(), new Map<string, string>()];
  sources.forEach(({ task, source }, place) => {
    const one = measured[place]!;
    if ('bytes' in one) volumes.set(task, { ...volumes.get(task), [source]: one.bytes });
    else unknown.set(task, one.reason);
  });
  for (const task of unknown.keys()) volumes.delete(task);
  return { volumes, unknown };
}

function whyOf(error: unknown): string {
  const failure = error instanceof WorkflowFailedError ? failureOf(error, '') : error;
  if (failure instanceof BackupError) return failure.message;
  if (mayPass(error)) return 'Temporal does not answer now';
  throw error;
}
