import { z } from 'zod';
import { isKind } from '../model/errors';
import { askOk } from './http';
import type { Login } from './login';
import { read } from './webhdfs-answers';
import { openNameNodes } from './webhdfs-name-nodes';

/** What a place to keep things in needs of HDFS beside its files. */
export interface HdfsStore {
  /** True when the directory is gone now, false when it holds something. One with content is never touched. */
  removeIfEmpty(path: string): Promise<boolean>;
  /** Bytes that files with the cluster's usual number of replicas still have room for. Knows no quota. */
  freeBytes(): Promise<number>;
}

/** Connects to nothing yet. `addresses` are the NameNodes' HTTP addresses. */
export function openHdfsStore(addresses: readonly string[], login: Login): HdfsStore {
  const nameNodes = openNameNodes(addresses, login, undefined);
  return {
    async removeIfEmpty(path) {
      try {
        await nameNodes.ask('DELETE', 'DELETE', path, { recursive: false });
      } catch (error) {
        if (isKind(error, 'conflict')) return false;
        if (!isKind(error, 'missing')) throw error;
      }
      return true;
    },
    async freeBytes() {
      const { replication } = read(defaults, await nameNodes.ask('GET', 'GETSERVERDEFAULTS', '/')).FsServerDefaults;
      return Math.floor((await remainingBytes(addresses, login)) / replication);
    },
  };
}

/** Of all DataNodes. A standby NameNode knows it, too. */
async function remainingBytes(addresses: readonly string[], login: Login): Promise<number> {
  let refusal: unknown;
  for (const address of addresses) {
    try {
      const answer = await askOk(login, new URL(`/jmx?qry=${bean}`, address));
      return read(capacity, JSON.parse(await answer.text())).beans[0].CapacityRemaining;
    } catch (error) {
      if (!isKind(error, 'unavailable')) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

const bean = 'Hadoop:service=NameNode,name=FSNamesystemState';
const capacity = z.object({ beans: z.tuple([z.object({ CapacityRemaining: z.int().nonnegative() })]) });
const defaults = z.object({ FsServerDefaults: z.object({ replication: z.int().positive() }) });
