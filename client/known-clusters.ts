import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { BackupError } from '../model/errors';
import { workflowTypes } from '../model/messages';
import { workflowIds } from '../model/names';
import { checkName } from './names';

/** The server's lists are up to date a moment later than its workflows. */
const listsAreLate = { tries: 8, everyMs: 250 };

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
