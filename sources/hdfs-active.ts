import { BackupError, isKind, messageOf } from '../model/errors';
import { type HdfsAddress, pathIn } from '../model/hdfs';
import type { Login } from '../servers/login';
import { type NameNodeInfo, readInfo } from '../servers/name-node-info';

/** What the active NameNode of an HDFS tells of itself. None = `unavailable`: a fail-over may be going on. */
export async function activeInfo(hdfs: HdfsAddress, login: Login, signal?: AbortSignal): Promise<NameNodeInfo> {
  const found: string[] = [];
  for (const address of hdfs.nameNodes) {
    try {
      const info = await readInfo(address, login, signal);
      if (info.state === 'active') return info;
      found.push(`${address} is ${info.state}`);
    } catch (error) {
      if (!isKind(error, 'unavailable')) throw error;
      found.push(messageOf(error));
    }
  }
  throw new BackupError('unavailable', `HDFS ${hdfs.nameService} has no active NameNode: ${found.join('; ')}`, {
    hint: "start the NameNode, or correct its address in the workers' cairn.yaml",
  });
}

/**
 * The path of a URI in this HDFS, also when it goes by another name there: one of `known`, whose NameNodes are asked
 * for their block pool. Undefined when it lies elsewhere.
 */
export async function pathInSame(
  hdfs: HdfsAddress,
  known: readonly HdfsAddress[],
  uri: string,
  login: Login,
): Promise<string | undefined> {
  const path = pathIn(hdfs, uri);
  if (path !== undefined) return path;
  const other = known.find((address) => pathIn(address, uri) !== undefined);
  if (other === undefined) return undefined;
  const [here, there] = [await activeInfo(hdfs, login), await activeInfo(other, login)];
  return here.blockPoolId === there.blockPoolId ? pathIn(other, uri) : undefined;
}
