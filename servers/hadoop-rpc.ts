import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Reader, Writer } from 'protobufjs/minimal';
import { BackupError } from '../model/errors';

/** One call of a Hadoop server's RPC. Messages are encoded protocol buffers. */
export interface RpcCall {
  /** host:port. */
  readonly address: string;
  /** Whom the server is told that we are; it believes it, in a cluster without Kerberos. */
  readonly user: string;
  /** The Java name of the protocol. */
  readonly protocol: string;
  readonly method: string;
  readonly request: Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole call; 20 s when absent. */
  readonly within?: number;
}

/**
 * Makes one call over a connection of its own and returns the encoded answer (RPC version 9, since Hadoop 2.2).
 * No answer is `unavailable`; a refusal is `denied` where it is about rights, else `unavailable`.
 */
export async function callHadoop(call: RpcCall): Promise<Uint8Array> {
  const [host, port] = splitAddress(call.address);
  const socket = connect({ host, port });
  const clock = setTimeout(() => socket.destroy(new Error('no answer in time')), call.within ?? 20_000);
  const client = randomBytes(16);
  const stop = () => socket.destroy(new Error('stopped'));
  call.signal?.addEventListener('abort', stop, { once: true });
  if (call.signal?.aborted) stop();
  try {
    // Each call is a client of its own: a server answers a changing call that it has seen before without doing it again.
    const header = (callId: number) => requestHeader(callId, client);
    socket.write(Buffer.concat([greeting, frame(header(-3), context(call)), frame(header(0), ...body(call))]));
    return answerIn(await firstFrame(socket), call);
  } catch (cause) {
    if (cause instanceof BackupError) throw cause;
    if (call.signal?.aborted) throw new BackupError('cancelled', `stopped while calling ${call.method}`);
    throw new BackupError('unavailable', `no answer from the RPC at ${call.address}: ${String(cause)}`, {}, { cause });
  } finally {
    clearTimeout(clock);
    call.signal?.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** Magic, version 9, service class 0, authentication: none. */
const greeting = Buffer.from([...Buffer.from('hrpc'), 9, 0, 0]);

/** RpcRequestHeaderProto: kind (protocol buffers), operation (final packet), call id, client id. */
function requestHeader(callId: number, client: Uint8Array): Writer {
  return new Writer().uint32(8).int32(2).uint32(16).int32(0).uint32(24).sint32(callId).uint32(34).bytes(client);
}

/** IpcConnectionContextProto: user information (effective user), protocol. */
function context({ user, protocol }: RpcCall): Writer {
  return new Writer().uint32(18).fork().uint32(10).string(user).ldelim().uint32(26).string(protocol);
}

/** RequestHeaderProto (method, protocol, its version 1), then the request itself. */
function body({ method, protocol, request }: RpcCall): [Writer, Uint8Array] {
  return [new Writer().uint32(10).string(method).uint32(18).string(protocol).uint32(24).uint64(1), request];
}

/** All of a frame's messages, each after its length, after the length of the whole. */
function frame(...messages: readonly (Writer | Uint8Array)[]): Buffer {
  const whole = new Writer();
  for (const message of messages) whole.bytes(message instanceof Writer ? message.finish() : message);
  const bytes = Buffer.from(whole.finish());
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function firstFrame(socket: Socket): Promise<Buffer> {
  let got = Buffer.alloc(0);
  for await (const piece of socket) {
    got = Buffer.concat([got, piece as Buffer]);
    if (got.length > 64 * 1024 * 1024) throw new Error('the answer is too long');
    if (got.length >= 4 && got.length >= 4 + got.readInt32BE(0)) return got.subarray(4, 4 + got.readInt32BE(0));
  }
  throw new Error('the connection was closed');
}

/** RpcResponseHeaderProto: status is field 2 (0 = success), the exception's class 4, its message 5. */
function answerIn(bytes: Buffer, call: RpcCall): Uint8Array {
  const frame = Reader.create(bytes);
  const header = fieldsOf(frame.bytes());
  if (header.get(2) === 0) return frame.bytes();
  const exception = textIn(header.get(4)).split('.').at(-1) ?? '';
  const message = textIn(header.get(5)).split('\n', 1)[0] ?? '';
  const kind = /AccessControl|Authorization|Authentication/.test(exception) ? 'denied' : 'unavailable';
  throw new BackupError(kind, `${call.address} refused ${call.method}: ${exception} ${message}`.trim(), { exception });
}

/** The fields of a message that are numbers or bytes; of a repeated one the last. */
export function fieldsOf(message: Uint8Array): Map<number, number | Uint8Array> {
  const [reader, fields] = [Reader.create(message), new Map<number, number | Uint8Array>()];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 0) fields.set(tag >>> 3, Number(reader.uint64()));
    else if ((tag & 7) === 2) fields.set(tag >>> 3, reader.bytes());
    else reader.skipType(tag & 7);
  }
  return fields;
}

function textIn(field: number | Uint8Array | undefined): string {
  return field instanceof Uint8Array ? Buffer.from(field).toString('utf8') : '';
}

function splitAddress(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), Number(address.slice(colon + 1))];
}
