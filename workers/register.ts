import type { Client } from '@temporalio/client';
import { openRun, rescueCluster } from '../client/rescue';
import { newCluster } from '../model/cluster-state';
import { messages } from '../model/messages';
import { workflowIds } from '../model/names';
import type { ClusterFacts } from '../model/run';
import type { Spool } from '../sets/spool';

/** Makes sure that the cluster's workflow runs (one that was terminated by mistake goes on from its newest state), and tells it what this worker knows. */
export async function registerCluster(
  client: Client,
  facts: ClusterFacts,
): Promise<'running' | 'rescued' | 'started' | 'unknown'> {
  const found = await rescueCluster(client, facts.id, { state: newCluster(facts), inbox: [] });
  await client.workflow.getHandle(workflowIds.cluster(facts.id)).signal(messages.register, { facts });
  return found;
}

/** Removes from this host's spool what runs left that are over: their worker was lost before it could. */
export async function sweepSpool(client: Client, spool: Spool, cluster: string): Promise<number> {
  const label = (await openRun(client, cluster))?.label;
  const over = (await spool.leftovers(cluster)).filter((left) => left.label !== label);
  for (const left of over) await spool.remove(left);
  return over.length;
}
