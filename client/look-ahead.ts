import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { Replacing } from '../model/data-source';
import { BackupError, errorKinds } from '../model/errors';
import { isDataKind } from '../model/kinds';
import { workflowTypes } from '../model/messages';
import { queues } from '../model/names';
import type { RestorationTask } from '../model/task';
import type { describeReplaced } from '../workflows/describe-replaced';
import { clusterState } from './cluster-state';
import { resultOfErrand, somePatienceMs } from './errand';
import { failureOf, mayPass } from './failures';

/** What a worker found when it looked what a restoration of service data would replace. */
export type Outlook =
  /** Set by set, without those of metadata. */
  | { readonly described: readonly (readonly Replacing[])[] }
  /** It would be refused now, and why. */
  | { readonly refused: string }
  /** Nobody could look, and why. */
  | { readonly unknown: string };

/** Lets a worker look what the restoration would replace; changes nothing. Never throws for what may pass. */
export async function lookAhead(client: Client, task: RestorationTask): Promise<Outlook> {
  if (!task.sets.some(({ source }) => isDataKind(source))) return { described: [] };
  try {
    return { described: await describe(client, task) };
  } catch (error) {
    return outlookAfter(error);
  }
}

async function describe(client: Client, task: RestorationTask): Promise<readonly (readonly Replacing[])[]> {
  const { cluster, name } = task;
  const { version } = (await clusterState(client, cluster)).cluster;
  const handle = await client.workflow.start<typeof describeReplaced>(workflowTypes.describeReplaced, {
    workflowId: `replaced/${cluster}/${name}/${randomUUID()}`,
    taskQueue: queues.control,
    args: [{ cluster, productVersion: version, task }],
    workflowExecutionTimeout: '1 minute',
    staticSummary: `look what restoration ${name} of cluster ${cluster} would replace`,
  });
  return await resultOfErrand(client, handle, { patienceMs: somePatienceMs });
}

/** Somebody's *Terminate* and an absent worker tell nothing of the restoration; any other kind of error refuses it. */
function outlookAfter(error: unknown): Outlook {
  const failure = error instanceof WorkflowFailedError ? failureOf(error, '') : error;
  if (failure instanceof BackupError) {
    const tellsNothing = errorKinds[failure.kind].retried || failure.kind === 'cancelled';
    return tellsNothing ? { unknown: failure.message } : { refused: failure.message };
  }
  if (mayPass(error)) return { unknown: 'Temporal does not answer now' };
  throw error;
}
