import { estimateOf, hasSuccess, type RunEstimate } from '../model/run-estimate';
import type { BackupTask } from '../model/task';
import type { Site } from './cluster-state';
import { findTask, type TaskView } from './tasks';
import { measureTasks } from './volumes';

/** A backup task, with what its next run is expected to take. */
export interface BackupTaskView extends TaskView {
  /** By its runs, or before the first successful one by how much service data there is now; absent when neither is known. */
  readonly expected?: RunEstimate;
  /** Why it is not known how much service data there is. */
  readonly notMeasured?: string;
}

/** The task; one with service data that has not succeeded lately lets a worker look how much there is. */
export async function showTask(site: Site, name: string, cluster?: string): Promise<BackupTaskView> {
  const task = await findTask(site, 'backup', name, cluster);
  const spec = task.spec as BackupTask;
  const { volumes, unknown } = await measureTasks(site.client, task.cluster, hasSuccess(task.runs) ? [] : [spec]);
  const expected = estimateOf(spec, task.runs, volumes.get(name));
  const why = unknown.get(name);
  return {
    ...task,
    ...(expected.estimated === 'none' ? {} : { expected }),
    ...(why === undefined ? {} : { notMeasured: why }),
  };
}
