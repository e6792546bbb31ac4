import { Reader, Writer } from 'protobufjs/minimal';
import { BackupError } from '../model/errors';
import { callHadoop, fieldsOf } from './hadoop-rpc';
import type { Login } from './login';

/** Transactions `start` to `end`, both included. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

/**
 * The finalized segments that the NameNode has on its own disks from a transaction on, without a gap, in order.
 * Its HTTP interface lists them nowhere; this is the call by which a secondary NameNode learns them.
 * `unsupported` where the login cannot speak RPC.
 */
export async function listSegments(
  rpcAddress: string,
  login: Login,
  since: number,
  signal?: AbortSignal,
): Promise<readonly Segment[]> {
  if (login.rpcUser === undefined) throw new BackupError('unsupported', 'this login cannot speak to the RPC');
  const manifest = await callHadoop({
    address: rpcAddress,
    user: login.rpcUser,
    protocol: 'org.apache.hadoop.hdfs.server.protocol.NamenodeProtocol',
    method: 'getEditLogManifest',
    request: new Writer().uint32(8).uint64(since).finish(),
    ...(signal && { signal }),
  });
  return segmentsIn(manifest);
}

/** GetEditLogManifestResponseProto (manifest 1) > RemoteEditLogManifestProto (logs 1, repeated). */
function segmentsIn(response: Uint8Array): Segment[] {
  const manifest = fieldsOf(response).get(1);
  if (typeof manifest !== 'object') return [];
  const [reader, segments] = [Reader.create(manifest), [] as Segment[]];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) segments.push(...finalized(reader.bytes()));
    else reader.skipType(tag & 7);
  }
  return segments;
}

/** RemoteEditLogProto: first transaction 1, last 2, in progress 3. */
function finalized(log: Uint8Array): Segment[] {
  const fields = fieldsOf(log);
  return fields.get(3) === 1 ? [] : [{ start: Number(fields.get(1)), end: Number(fields.get(2)) }];
}
