import type { MetadataSource } from '../model/source';
import { BackupError } from '../model/errors';
import type { NameNodeSpec } from '../model/name-node';
import { checkedLabel } from '../model/label';
import { findCommand, type HadoopCommand } from '../servers/hadoop-command';
import type { Login } from '../servers/login';
import { findActive } from './name-node-active';
import { dumpNameNode } from './name-node-dump';
import { checkFolder } from './name-node-folder';
import { refuseDuringUpgrade, refuseWhileHeld, refuseWhileRunning } from './name-node-stopped';
import { bringBack, dropOthers, keepsSomething, replaceCurrent } from './name-node-swap';

export { nameNodeParts } from './name-node-parts';

/** What the source is opened with. */
export interface NameNodeSourceOptions {
  readonly login: Login;
  readonly hadoop: HadoopCommand;
  /** The name that this worker goes by; only the worker on the NameNode's host can restore. */
  readonly host: string;
}

/**
 * HDFS metadata of one NameService: what the active NameNode's `current` directory holds, over its HTTP interface.
 * Restored onto the host of the first NameNode, with all NameNodes stopped. Opens no connection yet.
 */
export function openNameNodeSource({ login, hadoop, host }: NameNodeSourceOptions): MetadataSource<NameNodeSpec> {
  return {
    traits: { stoppedForRestore: true, exclusiveRestore: true, needsFreeDisk: true },

    async check(spec, purpose) {
      if (purpose === 'backUp') {
        await findCommand(hadoop);
        await findActive(spec, login);
      } else {
        refuseElsewhere(spec, host);
        await refuseWhileRunning(spec, login);
        await refuseDuringUpgrade(spec);
      }
    },

    dump: (spec, into, control) => dumpNameNode({ login, hadoop }, spec, into, control),

    async load(spec, from, label, control) {
      const replacement = { from, ...(await checkFolder(from, control)) };
      refuseElsewhere(spec, host);
      // Checking a large image takes a while: in it, somebody may have started the NameNode.
      await refuseWhileHeld(spec);
      await replaceCurrent(nameDirsOf(spec), replacement, checkedLabel(label), control);
    },

    // What was kept lies where it was kept: on any other host there is nothing to bring back.
    async revert(spec, label) {
      if (await keepsSomething(nameDirsOf(spec), checkedLabel(label))) await refuseWhileHeld(spec);
      await bringBack(nameDirsOf(spec), label);
    },

    async forget(spec, label) {
      await dropOthers(nameDirsOf(spec), checkedLabel(label));
    },
  };
}

function nameDirsOf(spec: NameNodeSpec): readonly string[] {
  return spec.nameNodes[0]!.nameDirs;
}

/** Its directories are on one host only; another worker would write them where no NameNode looks. */
function refuseElsewhere(spec: NameNodeSpec, host: string): void {
  if (spec.nameNodes.length > 1) {
    throw new BackupError('unsupported', `${spec.nameService} has ${spec.nameNodes.length} NameNodes`, {
      hint: 'restoring a NameService with high availability is not tested yet; its sets can be restored by hand',
    });
  }
  const wanted = spec.nameNodes[0]!.host;
  if (wanted === host) return;
  throw new BackupError('precondition', `${spec.nameService} is restored on ${wanted}, this worker is on ${host}`, {
    hint: `start a worker on ${wanted}`,
  });
}
