import { z } from 'zod';
import { BackupError } from '../model/errors';
import { askOk } from './http';
import type { Login } from './login';

/** What a NameNode tells of itself. */
export interface NameNodeInfo {
  /** Such as `3.4.3`. */
  readonly softwareVersion: string;
  readonly clusterId: string;
  readonly blockPoolId: string;
  readonly state: 'active' | 'standby' | 'observer' | 'initializing';
  /** host:port of its RPC, as it sees itself. */
  readonly rpcAddress: string;
  /** The last transaction of its newest checkpoint. */
  readonly checkpointTxId: number;
  /** First transaction of the segment that it writes now; undefined where it writes none (standby). */
  readonly openSegment: number | undefined;
}

/** Reads it from JMX. `unavailable` while the NameNode starts. */
export async function readInfo(address: string, login: Login, signal?: AbortSignal): Promise<NameNodeInfo> {
  const about = infoBean.safeParse(await bean(address, login, 'NameNodeInfo', signal));
  const status = statusBean.safeParse(await bean(address, login, 'NameNodeStatus', signal));
  if (!about.success || !status.success) {
    throw new BackupError('unavailable', `the NameNode at ${address} does not tell about itself yet`);
  }
  return {
    softwareVersion: about.data.SoftwareVersion,
    clusterId: about.data.ClusterId,
    blockPoolId: about.data.BlockPoolId,
    state: status.data.State,
    rpcAddress: status.data.HostAndPort,
    checkpointTxId: Number(about.data.JournalTransactionInfo.MostRecentCheckpointTxId),
    openSegment: openSegmentIn(about.data.NameJournalStatus.map((journal) => journal.stream ?? '')),
  };
}

async function bean(address: string, login: Login, name: string, signal?: AbortSignal): Promise<unknown> {
  const url = new URL(`/jmx?qry=Hadoop:service=NameNode,name=${name}`, address);
  const answer = await askOk(login, url, { ...(signal && { signal }) });
  return beansSchema.safeParse(parsed(await answer.text())).data?.beans[0];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Some attributes are JSON texts inside the JSON. */
const json = z.string().transform(parsed);
const beansSchema = z.object({ beans: z.array(z.unknown()) });
const statusBean = z.object({
  State: z.enum(['active', 'standby', 'observer', 'initializing']),
  HostAndPort: z.string(),
});
const infoBean = z.object({
  SoftwareVersion: z.string().min(1),
  ClusterId: z.string().min(1),
  BlockPoolId: z.string().min(1),
  JournalTransactionInfo: json.pipe(z.object({ MostRecentCheckpointTxId: z.string() })),
  NameJournalStatus: json.pipe(z.array(z.object({ stream: z.string().optional() }))),
});

/** A file journal names its file, a quorum of JournalNodes the segment's first transaction. */
function openSegmentIn(streams: readonly string[]): number | undefined {
  const starts = streams
    .map((stream) => /edits_inprogress_(\d+)|segment beginning at txid (\d+)/.exec(stream))
    .flatMap((found) => (found === null ? [] : [Number(found[1] ?? found[2])]));
  return starts.length === 0 ? undefined : Math.max(...starts);
}
