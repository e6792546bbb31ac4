import type { ClusterConfig } from '../model/config';
import { BackupError } from '../model/errors';
import type { HdfsAddress } from '../model/hdfs';

export interface RemoteHdfs {
  readonly address: HdfsAddress;
  /** Throws `precondition` where the other cluster has another product version, unless the task says that it may. */
  checkVersion(anyVersion: boolean): void;
  /** The other cluster's product version, where it is not this one's. */
  readonly otherVersion?: string;
}

/** Another cluster's HDFS by the name that the configuration gives it. `precondition` when it does not. */
export function remoteHdfsOf({ id, version, remoteHdfs }: ClusterConfig, nameService: string): RemoteHdfs {
  const config = Object.hasOwn(remoteHdfs, nameService) ? remoteHdfs[nameService] : undefined;
  if (config === undefined)
    throw new BackupError('precondition', `cluster ${id} knows no remote HDFS "${nameService}"`, {
      hint: `name it under remoteHdfs in the workers' cairn.yaml; it has: ${Object.keys(remoteHdfs).join(', ') || 'none'}`,
    });
  const { nameNodes, uri = `hdfs://${nameService}`, version: otherVersion = version } = config;
  return {
    address: { nameService, uri, nameNodes },
    checkVersion(anyVersion) {
      if (otherVersion === version || anyVersion) return;
      throw new BackupError(
        'precondition',
        `remote HDFS ${nameService} is of product version ${otherVersion}, cluster ${id} has ${version}`,
        {
          hint: 'both must have the same version; anyVersion: true at the target goes there all the same and is recorded',
        },
      );
    },
    ...(otherVersion === version ? {} : { otherVersion }),
  };
}
