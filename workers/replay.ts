import type { Client } from '@temporalio/client';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { BackupError, messageOf } from '../model/errors';
import { workflowIds } from '../model/names';

/**
 * Replays the open `cluster` workflows with this worker's code. A changed rule that does not fit a history would
 * poison a workflow that lives for ever: so the worker refuses to start instead.
 */
export async function replayClusters(
  client: Client,
  workflowBundle: WorkflowBundleOption,
  clusters: readonly string[],
): Promise<void> {
  for (const cluster of clusters) {
    const handle = client.workflow.getHandle(workflowIds.cluster(cluster));
    const isOpen = await handle.describe().then(
      (about) => about.status.name === 'RUNNING',
      () => false,
    );
    if (!isOpen) continue;
    try {
      await Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory(), workflowIds.cluster(cluster));
    } catch (cause) {
      throw new BackupError(
        'conflict',
        `this version of cairn does not fit the history of ${workflowIds.cluster(cluster)} (${messageOf(cause).split('\n', 1)[0]})`,
        {
          hint: 'start the version of cairn that served it before; docs/operations.md tells how to change versions',
        },
        { cause },
      );
    }
  }
}
