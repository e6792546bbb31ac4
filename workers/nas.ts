import type { OpenedTarget } from '../activities/plugins';
import type { WorkerConfig } from '../model/config';
import { BackupError, messageOf } from '../model/errors';
import type { CifsSpec, NfsSpec } from '../model/nas-schema';
import { unmountLeftovers } from '../servers/mounts';
import { openCifsTarget } from '../targets/cifs';
import { openLocalDir } from '../targets/local-dir';
import type { MountedPlace } from '../targets/nas-place';
import { openNfsTarget } from '../targets/nfs';
import { log } from './log';
import { secretNamed } from './secrets';

const openFolder = (root: string) => openLocalDir({ root });

export function openNfs(
  config: WorkerConfig,
  { kind: _, server = '', path = '', mounted, ...more }: NfsSpec,
): OpenedTarget {
  const at = mounted === undefined ? { ...more, server, path } : placeOf(config, mounted);
  return { target: openNfsTarget({ at, mountPoints: config.mountPoints, openFolder }), root: '' };
}

export function openCifs(config: WorkerConfig, spec: CifsSpec): OpenedTarget {
  const { kind: _, server = '', path = '', username = '', passwordSecret = '', mounted, ...more } = spec;
  const password = secretNamed(config, passwordSecret, server);
  const at = mounted === undefined ? { ...more, server, path, username, password } : placeOf(config, mounted);
  return { target: openCifsTarget({ at, mountPoints: config.mountPoints, openFolder }), root: '' };
}

/** Where somebody has mounted a share, by the name that a task gives. `precondition` where this worker has none of it. */
function placeOf({ mounts }: WorkerConfig, name: string): MountedPlace {
  const path = Object.hasOwn(mounts, name) ? mounts[name] : undefined;
  if (path !== undefined) return { name, path };
  throw new BackupError('precondition', `this worker knows no mount "${name}"`, {
    hint: `name it under mounts in the worker's cairn.yaml; it has: ${Object.keys(mounts).sort().join(', ') || 'none'}`,
  });
}

/** Unmounts what workers of this host left that are gone. A mount that does not go hinders nobody: it is only told. */
export async function sweepMounts({ mountPoints }: WorkerConfig): Promise<void> {
  try {
    const shares = await unmountLeftovers(mountPoints);
    if (shares > 0) log.info('unmounted what an earlier worker left', { shares });
  } catch (error) {
    log.warn('what an earlier worker left mounted could not be looked for', { error: messageOf(error) });
  }
}
