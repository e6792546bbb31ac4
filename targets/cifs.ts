import type { BackupTarget } from '../model/target';
import { cifsShare, type CifsShare } from '../servers/cifs';
import { mountShare } from '../servers/mounts';
import { type NasOptions, openNas } from './nas';
import { mountedBySomebody, type MountedPlace } from './nas-place';

export interface CifsOptions extends Pick<NasOptions, 'openFolder' | 'patienceMs'> {
  readonly at: CifsShare | MountedPlace;
  /** The folder of this host for mount points. */
  readonly mountPoints: string;
}

const rightsHint =
  'let this user write to the share (`read only = no` in Samba), and to its folder: on the server it should belong to nobody:nobody';

/** A share of an SMB server; see `openNas`. */
export function openCifsTarget({ at, mountPoints, ...options }: CifsOptions): BackupTarget {
  if ('name' in at) {
    const open = () => mountedBySomebody(at, ['cifs', 'smb3'], 'SMB');
    return openNas({ ...options, text: at.path, rightsHint, open });
  }
  const share = cifsShare(at);
  return openNas({
    ...options,
    text: share.text,
    rightsHint,
    open: (signal) => mountShare(share, mountPoints, signal),
  });
}
