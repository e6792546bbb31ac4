import { type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { workflowIds } from '../../model/names';
import type { BackupTask } from '../../model/task';
import type { RunningWorker } from '../../workers/run-worker';
import { until } from '../kit/pauses';
import { ask, type FakeCluster, folderTask, type Stage, stateOf, untilState } from '../kit/stage';

/** Short ones, which only tests may have: the file that people apply knows hours and days. */
export const short = { intervalSeconds: 1, latenessSeconds: 20, checkSeconds: 3, requestSeconds: 30 };

export function periodicTask(cluster: string, name: string, seconds: number, startsIn = 2000): BackupTask {
  const started = Math.ceil((Date.now() + startsIn) / 1000) * 1000;
  return { ...folderTask(cluster, name), mode: 'periodic', period: { started, seconds } };
}

export async function put(stage: Stage, cluster: FakeCluster, task: BackupTask): Promise<void> {
  expect(await ask(stage, cluster.id, { do: 'putTask', task })).toMatchObject({ accepted: true });
}

/** Whose worker has gone, others' workers would run its tasks with what is theirs. */
export async function end(stage: Stage, cluster: FakeCluster, worker: RunningWorker): Promise<void> {
  const { tasks } = await stateOf(stage, cluster.id);
  const periodic = Object.keys(tasks).filter(
    (name) => tasks[name]!.spec.kind === 'backup' && 'period' in tasks[name]!.spec,
  );
  for (const task of periodic) await ask(stage, cluster.id, { do: 'lock', task });
  for (const task of periodic) await untilSchedule(stage, cluster, task, (paused) => paused);
  await untilState(stage, cluster.id, ({ running }) => running === undefined);
  await worker.stop();
}

export const scheduleOf = (stage: Stage, cluster: FakeCluster, task: string) =>
  stage.client.schedule.getHandle(workflowIds.schedule(cluster.id, task));

/** The schedule once the server has it as wanted; it takes changes over a moment late. */
export async function untilSchedule(
  stage: Stage,
  cluster: FakeCluster,
  task: string,
  wanted: (paused: boolean, every: number) => boolean,
) {
  return await untilFound(stage, cluster, task, ({ state, spec }) =>
    wanted(state.paused, Number(spec.intervals?.[0]?.every)),
  );
}

export async function untilFound(
  stage: Stage,
  cluster: FakeCluster,
  task: string,
  wanted: (found: ScheduleDescription) => boolean,
): Promise<ScheduleDescription> {
  return await until(async () => {
    const found = await scheduleOf(stage, cluster, task)
      .describe()
      .catch(() => undefined);
    return found && wanted(found) && found;
  });
}

export async function untilNoSchedule(stage: Stage, cluster: FakeCluster, task: string): Promise<void> {
  await until(() =>
    scheduleOf(stage, cluster, task)
      .describe()
      .then(
        () => false,
        (error: unknown) => error instanceof ScheduleNotFoundError,
      ),
  );
}
