import { join } from 'node:path';
import { openDistCp } from '../copiers/dist-cp';
import type { ClusterConfig, WorkerConfig } from '../model/config';
import type { Copier } from '../model/copier';
import { BackupError } from '../model/errors';
import { type HdfsAddress, pathIn } from '../model/hdfs';
import type { Login } from '../servers/login';
import { openWebHdfs } from '../servers/webhdfs';

/** What copies are made with: who cairn is, and every HDFS that the cluster's configuration names. */
export interface CopierPlace {
  readonly login: Login;
  readonly hdfs: readonly HdfsAddress[];
}

/** The copiers of a cluster; none where its configuration does not say who copies. */
export function createCopiers(cluster: ClusterConfig, { spool }: WorkerConfig, place: CopierPlace): readonly Copier[] {
  const { hadoop, yarn, id } = cluster;
  if (yarn === undefined) return [withoutYarn(id)];
  const { login, hdfs } = place;
  return [
    openDistCp({
      login,
      hadoop: { hadoop: hadoop.hadoop, ...(hadoop.confDir === undefined ? {} : { confDir: hadoop.confDir }) },
      yarn,
      openHdfs: (uri) => openIn(hdfs, login, uri),
      // Beside the folders of clusters, whose ids never begin with a dot.
      spool: join(spool, '.dist-cp', id),
    }),
  ];
}

function openIn(known: readonly HdfsAddress[], login: Login, uri: string) {
  for (const hdfs of known) {
    const path = pathIn(hdfs, uri);
    if (path !== undefined) return { webHdfs: openWebHdfs(hdfs.nameNodes, login), path };
  }
  throw new BackupError('precondition', `no HDFS of cairn.yaml holds ${uri}`, {
    hint: `its NameServices are ${known.map((hdfs) => hdfs.uri).join(', ')}`,
  });
}

/** A Yarn that is not configured is never replaced by something else. */
function withoutYarn(cluster: string): Copier {
  const refuse = () =>
    Promise.reject(
      new BackupError('precondition', `the configuration does not say who copies service data of cluster ${cluster}`, {
        hint: "give yarn.resourceManagers in the workers' cairn.yaml, or yarn: none where the cluster has no Yarn",
      }),
    );
  return { accepts: () => true, plan: refuse, copyPart: refuse, clear: () => Promise.resolve() };
}
