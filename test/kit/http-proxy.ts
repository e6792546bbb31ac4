import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it came; `bytes`: so many of its body were passed on. */
export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  bytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What goes wrong with a request; one that nothing is said about is passed on. */
export type Fault =
  /** The server never hears of it. */
  | { readonly answer: HttpAnswer }
  /** The server answers, and another answer comes. */
  | { readonly rewrite: (answer: { status: number; body: Buffer }) => HttpAnswer }
  /** The connection is cut before the server hears of it. */
  | { readonly reset: 'before' }
  /** The server does what it is asked, and the connection is cut instead of its answer. */
  | { readonly reset: 'after' }
  /** The connection is cut after so many bytes of the answer's body; `quietly`: as if that were all. */
  | { readonly cutAfter: number; readonly quietly?: true }
  /** After so many bytes of the answer's body nothing comes any more. */
  | { readonly stallAfter: number }
  /** Nothing happens any more. */
  | { readonly stall: true };

export interface HttpProxy {
  readonly port: number;
  /** All requests that came. */
  readonly seen: Seen[];
  /** Asked for each request; may be exchanged at any time. */
  fault: (request: Seen) => Fault | undefined;
  close(): Promise<void>;
}

/** A proxy on the loopback interface in front of a real HTTP server, which lets things go wrong. */
export async function startHttpProxy(to: number, tls?: { key: Buffer; cert: Buffer }): Promise<HttpProxy> {
  const sockets = new Set<Socket>();
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = '', url: path = '' } = incoming;
    const seen: Seen = { method, path, headers: incoming.headers, bytes: 0 };
    proxy.seen.push(seen);
    handle(to, incoming, outgoing, seen, proxy.fault(seen)).catch(() => incoming.socket.destroy());
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: HttpProxy = {
    port: (server.address() as AddressInfo).port,
    seen: [],
    fault: () => undefined,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return proxy;
}

async function handle(
  to: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  seen: Seen,
  fault: Fault | undefined,
): Promise<void> {
  if (fault !== undefined && 'stall' in fault) return;
  if (fault !== undefined && 'reset' in fault && fault.reset === 'before') return void incoming.socket.destroy();
  if (fault !== undefined && 'answer' in fault) {
    await buffer(incoming);
    return send(outgoing, fault.answer);
  }
  const answer = await passOn(to, incoming, seen);
  if (fault === undefined) {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => outgoing.destroy()).pipe(outgoing);
    return;
  }
  const body = await buffer(answer);
  if ('reset' in fault) return void incoming.socket.destroy();
  if ('rewrite' in fault) return send(outgoing, fault.rewrite({ status: answer.statusCode ?? 502, body }));
  if ('stallAfter' in fault) return stallIn(outgoing, answer, body.subarray(0, fault.stallAfter));
  if ('cutAfter' in fault) return cut(outgoing, answer, body.subarray(0, fault.cutAfter), fault.quietly === true);
}

function passOn(to: number, incoming: IncomingMessage, seen: Seen): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port: to, method, path: url, headers, agent: false });
    onward.once('response', resolve).once('error', reject);
    incoming.on('data', (chunk: Buffer) => (seen.bytes += chunk.length)).once('error', reject);
    incoming.once('close', () => incoming.complete || onward.destroy());
    incoming.pipe(onward);
  });
}

function send(outgoing: ServerResponse, { status, headers = {}, body = '' }: HttpAnswer): void {
  outgoing.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  outgoing.end(body);
}

function stallIn(outgoing: ServerResponse, answer: IncomingMessage, body: Buffer): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers).write(body);
}

function cut(outgoing: ServerResponse, answer: IncomingMessage, body: Buffer, quietly: boolean): void {
  const { 'content-length': _length, ...others } = answer.headers;
  outgoing.writeHead(answer.statusCode ?? 502, quietly ? { ...others, connection: 'close' } : answer.headers);
  outgoing.write(body, () => (quietly ? outgoing.end() : outgoing.socket?.destroy()));
}
