import { BackupError } from '../model/errors';
import { defaultNameService, type NameNodeSpec } from '../model/name-node';
import { type HadoopCommand, runHadoop } from '../servers/hadoop-command';
import type { Login } from '../servers/login';
import type { ActiveNameNode } from './name-node-active';

/**
 * Has the active NameNode close its open segment and begin a new one, without safe mode; returns the last transaction
 * of the closed one. `precondition` where the command turned out to speak to another cluster.
 */
export async function rollEdits(
  { nameNode, info: before }: ActiveNameNode,
  spec: NameNodeSpec,
  { login, hadoop }: { readonly login: Login; readonly hadoop: HadoopCommand },
  signal: AbortSignal,
): Promise<number> {
  // The default NameService is the command's own; another one is named by its NameNode.
  const where = spec.nameService === defaultNameService ? [] : ['-fs', `hdfs://${before.rpcAddress}`];
  const { stdout } = await runHadoop(hadoop, login, ['dfsadmin', ...where, '-rollEdits'], { signal });
  const started = Number(/New segment starts at txid (\d+)/.exec(stdout)?.[1]);
  const { openSegment } = await nameNode.info(signal);
  const isThisOne = openSegment !== undefined && openSegment !== before.openSegment && started <= openSegment;
  if (!isThisOne) throw rolledElsewhere(nameNode.address, hadoop);
  return started - 1;
}

function rolledElsewhere(address: string, { hdfs }: HadoopCommand): BackupError {
  return new BackupError('precondition', `\`${hdfs} dfsadmin -rollEdits\` did not roll the NameNode at ${address}`, {
    hint: "let the command's configuration (HADOOP_CONF_DIR) and the NameNode's address in cairn.yaml name one cluster",
  });
}
