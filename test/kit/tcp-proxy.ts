import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** From the client to the server, or back. */
export type Direction = 'up' | 'down';

/** What a network does to connections, on the loopback interface in front of a real server. */
export interface TcpProxy {
  readonly port: number;
  /** Bytes that were let through since the start. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Connections that were accepted since the start. */
  readonly accepted: number;
  /** Everything goes through again; what was stalled stays so. */
  pass(): void;
  /** Ends all connections with a reset; new ones are served. */
  reset(): void;
  /** Nothing comes through any more, on connections that are open and on new ones; none is closed. */
  stall(): void;
  /** The server's side of all connections is closed, and the client hears nothing of it: half-open. */
  abandon(): void;
  /** After so many more bytes in that direction, on all connections together, all are reset; then goes on as before. */
  cutAfter(bytes: number, direction: Direction): void;
  /** Each chunk of new connections comes so much later. */
  delay(milliseconds: number): void;
  /** Nobody listens any more: connections are reset, new ones refused. */
  refuse(): Promise<void>;
  /** Listens again, at the same port. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

export async function openTcpProxy(to: number): Promise<TcpProxy> {
  const proxy = new Proxy(to);
  await proxy.accept();
  return proxy;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

class Proxy implements TcpProxy {
  port = 0;
  accepted = 0;
  readonly passed = { up: 0, down: 0 };
  private readonly pairs = new Set<Pair>();
  private listener: Server | undefined;
  private isStalled = false;
  private delayMs = 0;
  private cut: { left: number; readonly direction: Direction } | undefined;

  constructor(private readonly to: number) {}

  pass(): void {
    this.isStalled = false;
  }

  reset(): void {
    for (const { client, server } of this.pairs) [client, server].forEach((socket) => socket.resetAndDestroy());
    this.pairs.clear();
  }

  stall(): void {
    this.isStalled = true;
  }

  abandon(): void {
    this.stall();
    for (const { server } of this.pairs) server.destroy();
  }

  cutAfter(bytes: number, direction: Direction): void {
    this.cut = { left: bytes, direction };
  }

  delay(milliseconds: number): void {
    this.delayMs = milliseconds;
  }

  async refuse(): Promise<void> {
    const closed = new Promise<void>((resolve) => (this.listener ? this.listener.close(() => resolve()) : resolve()));
    this.listener = undefined;
    this.reset();
    await closed;
  }

  async accept(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true }, (client) => this.join(client));
    await new Promise<void>((resolve, reject) =>
      listener.once('error', reject).listen({ host: '127.0.0.1', port: this.port }, resolve),
    );
    this.port = (listener.address() as { port: number }).port;
    this.listener = listener;
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  private join(client: Socket): void {
    this.accepted += 1;
    const server = connect({ host: '127.0.0.1', port: this.to, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const pair = { client, server };
    this.pairs.add(pair);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    void this.carry(pair, client, server, 'up');
    void this.carry(pair, server, client, 'down');
  }

  private async carry(pair: Pair, from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (this.delayMs > 0) await sleep(this.delayMs);
        // What was read before the stall is kept back, too; nobody will ever send it.
        if (this.isStalled) return await new Promise(() => undefined);
        if (!this.lets(chunk.length, direction)) return this.reset();
        this.passed[direction] += chunk.length;
        if (!to.write(chunk)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      }
      if (!this.isStalled) to.end();
    } catch {
      // One side was reset: the other hears it in the same way.
      if (!this.isStalled && this.pairs.delete(pair)) to.resetAndDestroy();
    }
  }

  private lets(bytes: number, direction: Direction): boolean {
    if (this.cut?.direction !== direction) return true;
    this.cut.left -= bytes;
    if (this.cut.left > 0) return true;
    this.cut = undefined;
    return false;
  }
}
