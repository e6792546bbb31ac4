import { BackupError, messageOf } from '../model/errors';
import type { NameNodeSpec } from '../model/name-node';
import type { Login } from '../servers/login';
import { type NameNode, openNameNode } from '../servers/name-node';
import type { NameNodeInfo } from '../servers/name-node-info';

export interface ActiveNameNode {
  readonly nameNode: NameNode;
  readonly info: NameNodeInfo;
}

/** The NameNode of the NameService that serves now. None = `unavailable`: a fail-over may be going on. */
export async function findActive(spec: NameNodeSpec, login: Login, signal?: AbortSignal): Promise<ActiveNameNode> {
  const found: string[] = [];
  for (const { http } of spec.nameNodes) {
    const nameNode = openNameNode(http, login);
    try {
      const info = await nameNode.info(signal);
      if (info.state === 'active') return { nameNode, info };
      found.push(`${http} is ${info.state}`);
    } catch (error) {
      if (error instanceof BackupError && error.kind !== 'unavailable') throw error;
      found.push(messageOf(error));
    }
  }
  throw new BackupError('unavailable', `NameService ${spec.nameService} has no active NameNode: ${found.join('; ')}`, {
    hint: "start the NameNode, or correct its address under services.nameNode in the workers' cairn.yaml",
  });
}
