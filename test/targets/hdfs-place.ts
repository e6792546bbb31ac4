import type { HdfsPlace } from '../../model/hdfs';
import type { BackupTarget } from '../../model/target';
import { openHdfsTree } from '../../servers/hdfs-tree';
import { simpleLogin } from '../../servers/login';
import type { WebHdfs } from '../../servers/webhdfs';
import { openHdfsTarget } from '../../targets/hdfs';

/** A real HDFS as targets know it, by the HTTP address of its NameNode. */
export function hdfsAt(nameNode: string): HdfsPlace['hdfs'] {
  return { nameService: 'hacluster', uri: 'hdfs://hacluster', nameNodes: [nameNode] };
}

export function openHdfsAt(nameNode: string, path = '/backup', user = 'root'): BackupTarget {
  return openHdfsTarget({ hdfs: hdfsAt(nameNode), path, login: simpleLogin({ user }) });
}

/** Relative paths of all that lies in a directory. */
export async function pathsIn(dfs: WebHdfs, path: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of openHdfsTree(dfs, path).list()) if (entry.path !== '') paths.push(entry.path);
  return paths;
}
