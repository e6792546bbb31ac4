import {
  type Client,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  QueryRejectedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { ClusterState } from '../model/cluster-state';
import { decide } from '../model/decide';
import { BackupError } from '../model/errors';
import { messages } from '../model/messages';
import { workflowIds } from '../model/names';
import { mayPass } from './failures';
import { query } from './query';
import { newestInput, newestRun } from './rescue';
import { requireWorkers } from './workers-there';

const answersWithinMs = { usually: 700, certainly: 3000 };

/** People's side of a Temporal server. */
export interface Site {
  readonly client: Client;
  /** Takes remarks for people. */
  readonly note: (text: string) => void;
}

/** Everything that a cluster's workflow knows, told by itself. `unavailable` without a worker, `missing` for an unknown cluster, `precondition` for one whose workflow was ended. */
export async function clusterState(
  client: Client,
  cluster: string,
  withinMs = answersWithinMs.certainly,
): Promise<ClusterState> {
  await requireWorkers(client);
  const handle = client.workflow.getHandle(workflowIds.cluster(cluster));
  try {
    return await client.withDeadline(Date.now() + withinMs, () => query<ClusterState>(handle, messages.state));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw unknownCluster(cluster);
    if (wentOn(error)) return await clusterState(client, cluster, withinMs);
    if (error instanceof QueryRejectedError)
      throw error.status === statuses.completed ? unknownCluster(cluster) : endedCluster(cluster);
    if (isGrpcDeadlineError(error) || isGrpcCancelledError(error)) throw silentCluster(cluster, withinMs, error);
    throw error;
  }
}

/** The run that was asked has handed over to the next one meanwhile. */
function wentOn(error: unknown): boolean {
  return error instanceof QueryRejectedError && error.status === statuses.continuedAsNew;
}

/** The server's numbers (temporal.api.enums.v1.WorkflowExecutionStatus). A cluster that was removed is completed. */
const statuses = { completed: 2, continuedAsNew: 6 };

/**
 * The same for those who only look: where no worker answers at once it is what the workflow was given last, with
 * the commands that it has heard since, and `note` says so.
 */
export async function lastKnownState({ client, note }: Site, cluster: string): Promise<ClusterState> {
  try {
    return await clusterState(client, cluster, answersWithinMs.usually);
  } catch (error) {
    if (!mayPass(error)) throw error;
    await requireCluster(client, cluster);
    const { state, inbox } = (await newestInput(client, cluster))!;
    note('no worker answers now; this is what was known last HINT: start one with "cairn worker --config cairn.yaml"');
    return inbox.reduce((before, command) => decide(before, command, command.at).state, state);
  }
}

/** Throws for a cluster that cannot answer, before anything is asked of it. */
export async function requireCluster(client: Client, cluster: string): Promise<void> {
  const newest = await newestRun(client, cluster);
  if (newest === undefined) throw unknownCluster(cluster);
  if (!['RUNNING', 'CONTINUED_AS_NEW'].includes(newest.status.name)) throw endedCluster(cluster);
}

export function unknownCluster(cluster: string): BackupError {
  return new BackupError('missing', `cluster "${cluster}" is not known`, {
    hint: '"cairn cluster list" shows those that are; a worker whose cairn.yaml names it brings it',
  });
}

/** Past its deadline a call ends as exceeded, or as cancelled by the server: whichever is faster. */
function silentCluster(cluster: string, withinMs: number, cause: unknown): BackupError {
  const what = `the workflow of cluster "${cluster}" did not answer within ${withinMs / 1000} s`;
  return new BackupError('unavailable', what, { hint: `"cairn cluster check ${cluster}" tells why` }, { cause });
}

function endedCluster(cluster: string): BackupError {
  return new BackupError('precondition', `somebody ended the workflow of cluster "${cluster}"`, {
    hint: `"cairn cluster rescue ${cluster}" starts it again with all its tasks; a worker's start does it too`,
  });
}
