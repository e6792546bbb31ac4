import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import { restartsClusters } from '../model/restore-rules';
import type { PartResult, RestoreInput } from '../model/run';
import { type RestorationTask, sourcesOf } from '../model/task';
import { failedResult } from './outcome';
import { pauseSteps } from './steps';

type Paused = Pick<RestoreInput, 'cluster' | 'task' | 'label'> & { readonly spec: RestorationTask };

/** Does it while no cluster runs anything and none starts anything, where the run restarts all clusters. */
export async function whilePaused(run: Paused, work: () => Promise<PartResult[]>): Promise<PartResult[]> {
  const cause = sourcesOf(run.spec).find(restartsClusters);
  if (cause === undefined) return await work();
  const steps = pauseSteps(run.cluster.settings);
  const keeping = new CancellationScope();
  let kept: Promise<void> | undefined;
  try {
    await steps.pauseClusters(pauseOf(run));
    kept = keeping.run(() => steps.keepPaused(pauseOf(run))).catch(tell);
    return await work();
  } catch (error) {
    return [failedResult(cause, error)];
  } finally {
    await CancellationScope.nonCancellable(async () => {
      keeping.cancel();
      await kept;
      await resumeClusters(run);
    });
  }
}

/** The queues of all clusters go on. What cannot be told ends by itself. */
export async function resumeClusters(run: Paused): Promise<void> {
  if (!sourcesOf(run.spec).some(restartsClusters)) return;
  await pauseSteps(run.cluster.settings).resumeClusters(pauseOf(run)).catch(tell);
}

function pauseOf({ cluster, task, label }: Paused) {
  return { cluster: cluster.id, owner: `restoration ${task} ${label} of cluster ${cluster.id}` };
}

function tell(error: unknown): void {
  if (!isCancellation(error)) log.warn('the pause of the clusters ends by itself', { error });
}
