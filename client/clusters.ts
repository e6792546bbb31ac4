import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, QueryRejectedError, WorkflowNotFoundError } from '@temporalio/client';
import type { ClusterState } from '../model/cluster-state';
import { BackupError } from '../model/errors';
import { messages, workflowTypes } from '../model/messages';
import { workflowIds } from '../model/names';
import { checkName } from './names';
import { requireWorkers } from './workers-there';

/** The server's lists are up to date a moment later than its workflows. */
const listsAreLate = { tries: 8, everyMs: 250 };
const answerWithinMs = 10_000;

/** A cluster that the server knows, whether or not its workflow still runs. */
export interface KnownCluster {
  readonly id: string;
  readonly running: boolean;
}

/** All clusters of the namespace, by id. */
export async function knownClusters(client: Client): Promise<KnownCluster[]> {
  const found = new Map<string, boolean>();
  const query = `WorkflowType = "${workflowTypes.cluster}" AND ExecutionStatus != "ContinuedAsNew"`;
  for await (const { workflowId, status } of client.workflow.list({ query })) {
    const id = workflowId.slice(workflowIds.cluster('').length);
    found.set(id, found.get(id) === true || status.name === 'RUNNING');
  }
  return [...found].map(([id, running]) => ({ id, running })).sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** The cluster that is meant: the named one, else the only one. `invalid` names them where there are several. */
export async function chooseCluster(client: Client, named: string | undefined): Promise<string> {
  if (named !== undefined) return checkName('cluster', named);
  const ids = (await soonKnown(client)).map(({ id }) => id);
  if (ids.length === 1) return ids[0]!;
  if (ids.length === 0)
    throw new BackupError('missing', `namespace "${client.options.namespace}" has no cluster`, {
      hint: 'a worker brings its clusters: start one with "cairn worker --config cairn.yaml"',
    });
  throw new BackupError('invalid', `there are ${ids.length} clusters: ${ids.join(', ')}`, {
    hint: 'name one with --cluster',
  });
}

async function soonKnown(client: Client): Promise<KnownCluster[]> {
  for (let time = 1; time < listsAreLate.tries; time += 1) {
    const known = await knownClusters(client);
    if (known.length > 0) return known;
    await sleep(listsAreLate.everyMs);
  }
  return await knownClusters(client);
}

/** Everything that a cluster's workflow knows. `unavailable` without a worker, `missing` for an unknown cluster, `precondition` for one whose workflow was ended. */
export async function clusterState(client: Client, cluster: string): Promise<ClusterState> {
  await requireWorkers(client);
  const handle = client.workflow.getHandle(workflowIds.cluster(cluster));
  try {
    return await client.withDeadline(Date.now() + answerWithinMs, () => handle.query<ClusterState>(messages.state));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw unknownCluster(cluster);
    if (error instanceof QueryRejectedError) throw endedCluster(cluster);
    throw error;
  }
}

/** Throws for a cluster that cannot answer, before anything is asked of it. */
export async function requireCluster(client: Client, cluster: string): Promise<void> {
  try {
    const { status } = await client.workflow.getHandle(workflowIds.cluster(cluster)).describe();
    if (status.name !== 'RUNNING') throw endedCluster(cluster);
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? unknownCluster(cluster) : error;
  }
}

export function unknownCluster(cluster: string): BackupError {
  return new BackupError('missing', `cluster "${cluster}" is not known`, {
    hint: '"cairn cluster list" shows those that are; a worker whose cairn.yaml names it brings it',
  });
}

function endedCluster(cluster: string): BackupError {
  return new BackupError('precondition', `somebody ended the workflow of cluster "${cluster}"`, {
    hint: `"cairn cluster rescue ${cluster}" starts it again with all its tasks; a worker's start does it too`,
  });
}
