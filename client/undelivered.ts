import type { Client } from '@temporalio/client';
import { workflowTypes } from '../model/messages';
import { queues } from '../model/names';
import type { ClusterFacts } from '../model/run';
import { isServed } from './workers-there';

/** Nobody need look at a receiver that is away for a moment; and what was not delivered is forgotten some day. */
const minutes = { retrying: 10, failed: 7 * 24 * 60 };

/** What keeps notifications of a cluster from being delivered, in words. The server's lists are a moment late. */
export async function undelivered(
  client: Client,
  { id, channels = [] }: ClusterFacts,
  now = Date.now(),
): Promise<string[]> {
  if (channels.length === 0) return [];
  const before = (wanted: number) => new Date(now - wanted * 60_000).toISOString();
  const count = (status: string, when: string) =>
    client.workflow
      .count(
        `WorkflowType = "${workflowTypes.notify}" AND Cluster = "${id}" AND ExecutionStatus = "${status}" AND ${when}`,
      )
      .then(({ count: found }) => found);
  const [served, retrying, failed] = await Promise.all([
    Promise.all(
      channels.map(async ({ name }) => ({ name, served: await isServed(client, queues.channel(name), 'activity') })),
    ),
    count('Running', `StartTime < "${before(minutes.retrying)}"`),
    count('Failed', `CloseTime > "${before(minutes.failed)}"`),
  ]);
  const look = `in the Temporal UI: workflows of type ${workflowTypes.notify}`;
  return [
    ...served.flatMap(({ name, served: isThere }) =>
      isThere
        ? []
        : [`no worker has channel ${name} any more HINT: start one whose cairn.yaml names it, or take it out of all`],
    ),
    ...(retrying === 0
      ? []
      : [
          `${countText(retrying)} could not be delivered for ${minutes.retrying} minutes and more HINT: "cairn notification test" tells why; ${look}`,
        ]),
    ...(failed === 0 ? [] : [`${countText(failed)} given up in the last 7 days HINT: why stands ${look}`]),
  ];
}

function countText(count: number): string {
  return `${count} notification${count === 1 ? '' : 's'}`;
}
