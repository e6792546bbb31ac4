import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { BackupError } from '../model/errors';
import { workflowTypes } from '../model/messages';
import { workflowIds } from '../model/names';
import { checkName } from './names';

/** The server's lists are up to date a moment later than its workflows. */
const listsAreLate = { tries: 8, everyMs: 250, graceMs: 300_000 };

/**
 * The ids of all clusters of the namespace, sorted, whether or not their workflows still run, but for those that were
 * removed (their workflows came to their own end). A cluster goes on as
 * another run of its workflow again and again; in between the list may know only the run before.
 */
export async function knownClusters(client: Client): Promise<string[]> {
  const lately = new Date(Date.now() - listsAreLate.graceMs).toISOString();
  const newest = `(ExecutionStatus != "ContinuedAsNew" OR CloseTime > "${lately}")`;
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({
    query: `WorkflowType = "${workflowTypes.cluster}" AND ${newest} AND ExecutionStatus != "Completed"`,
  }))
    ids.add(workflowId.slice(workflowIds.cluster('').length));
  return [...ids].sort();
}

/** The cluster that is meant: the named one, else the only one. `invalid` names them where there are several. */
export async function chooseCluster(client: Client, named: string | undefined): Promise<string> {
  if (named !== undefined) return checkName('cluster', named);
  const ids = await soonKnown(client);
  if (ids.length === 1) return ids[0]!;
  if (ids.length === 0)
    throw new BackupError('missing', `namespace "${client.options.namespace}" has no cluster`, {
      hint: 'a worker brings its clusters: start one with "cairn worker --config cairn.yaml"',
    });
  throw new BackupError('invalid', `there are ${ids.length} clusters: ${ids.join(', ')}`, {
    hint: 'name one with --cluster',
  });
}

async function soonKnown(client: Client): Promise<string[]> {
  for (let time = 1; time < listsAreLate.tries; time += 1) {
    const known = await knownClusters(client);
    if (known.length > 0) return known;
    await sleep(listsAreLate.everyMs);
  }
  return await knownClusters(client);
}
