import { join } from 'node:path';
import { BackupError } from '../model/errors';
import type { NameNodeSpec } from '../model/name-node';
import type { Login } from '../servers/login';
import { openNameNode } from '../servers/name-node';
import { exists } from './disk';
import { holderOf } from './name-node-locks';

const hint = 'stop every NameNode of this NameService, and let the other roles of HDFS run';

/** `precondition` while a NameNode of this NameService runs, or may come back by itself with another state. */
export async function refuseWhileRunning(spec: NameNodeSpec, login: Login): Promise<void> {
  for (const { http } of spec.nameNodes) {
    if (!(await openNameNode(http, login).isRunning())) continue;
    throw new BackupError('precondition', `the NameNode at ${http} of ${spec.nameService} runs`, { hint });
  }
  await refuseWhileHeld(spec);
}

/** The part of it that this host alone can tell, and exactly: whether a process uses the name directories. */
export async function refuseWhileHeld(spec: NameNodeSpec): Promise<void> {
  for (const dir of spec.nameNodes[0]!.nameDirs) {
    const holder = await holderOf(dir);
    if (holder === undefined) continue;
    throw new BackupError('precondition', `${dir} is in use by ${holder}`, { hint });
  }
}

/** `precondition` where an upgrade of HDFS is not finalized: `previous` belongs to the `current` that is there now. */
export async function refuseDuringUpgrade(spec: NameNodeSpec): Promise<void> {
  for (const dir of spec.nameNodes[0]!.nameDirs) {
    if (!(await exists(join(dir, 'previous')))) continue;
    throw new BackupError('precondition', `${dir} holds the state before an upgrade of HDFS`, {
      hint: 'finalize the upgrade or roll it back first',
    });
  }
}
