import type { BackupTarget } from '../model/target';
import { mountShare } from '../servers/mounts';
import { nfsShare, type NfsShare } from '../servers/nfs';
import { type NasOptions, openNas } from './nas';
import { mountedBySomebody, type MountedPlace } from './nas-place';

export interface NfsOptions extends Pick<NasOptions, 'openFolder' | 'patienceMs'> {
  readonly at: NfsShare | MountedPlace;
  /** The folder of this host for mount points. */
  readonly mountPoints: string;
}

const rightsHint =
  'on the server let the folder belong to nobody:nobody, whom root of other hosts is there, with mode 700, and export it with rw';

/** A folder that an NFS server exports; see `openNas`. */
export function openNfsTarget({ at, mountPoints, ...options }: NfsOptions): BackupTarget {
  if ('name' in at) {
    const open = () => mountedBySomebody(at, ['nfs', 'nfs4'], 'NFS');
    return openNas({ ...options, text: at.path, rightsHint, open });
  }
  const share = nfsShare(at);
  return openNas({
    ...options,
    text: share.text,
    rightsHint,
    open: (signal) => mountShare(share, mountPoints, signal),
  });
}
