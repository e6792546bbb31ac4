import type { Client } from '@temporalio/client';
import type { Refusal } from '../model/command';
import { BackupError } from '../model/errors';
import type { BackupTask } from '../model/task';
import { ask } from './ask';

/** What became of one task. */
export interface Applied {
  readonly cluster: string;
  readonly task: string;
  readonly did: 'created' | 'changed' | 'unchanged' | 'refused';
  readonly refusal?: Refusal;
  /** Why it was refused. */
  readonly message?: string;
}

const atOnce = 8;

/**
 * Makes the tasks be as given; tasks that are not given stay. All are tried: when some are refused the first
 * refusal is thrown, and `context.applied` tells of each task what became of it.
 */
export async function applyTasks(client: Client, tasks: readonly BackupTask[]): Promise<Applied[]> {
  const applied: Applied[] = [];
  const refusals: BackupError[] = [];
  for (let place = 0; place < tasks.length; place += atOnce) {
    const some = tasks.slice(place, place + atOnce);
    applied.push(...(await Promise.all(some.map((task) => applyTask(client, task, refusals)))));
  }
  const [first] = refusals;
  if (first === undefined) return applied;
  throw new BackupError(first.kind, first.what, { ...first.context, applied }, { cause: first });
}

async function applyTask(client: Client, task: BackupTask, refusals: BackupError[]): Promise<Applied> {
  const about = { cluster: task.cluster, task: task.name };
  try {
    const { did } = await ask(client, task.cluster, { do: 'putTask', task });
    return { ...about, did: did as Applied['did'] };
  } catch (error) {
    if (!(error instanceof BackupError) || error.context['refusal'] === undefined) throw error;
    refusals.push(error);
    return { ...about, did: 'refused', refusal: error.context['refusal'] as Refusal, message: error.message };
  }
}
