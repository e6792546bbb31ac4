import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Client, type Connection } from '@temporalio/client';
import { clusterState } from '../client/cluster-state';
import type { WorkerConfig } from '../model/config';
import { BackupError, type ErrorKind, messageOf } from '../model/errors';
import { log } from './log';
import { createMetrics, type Metrics } from './metrics';

export interface MetricsServer {
  /** Readers that are still served are cut off. */
  close(): Promise<void>;
}

/** Serves the metrics of the worker's clusters, where its configuration wants them. */
export async function openMetrics(config: WorkerConfig, connection: Connection): Promise<MetricsServer | undefined> {
  if (config.metrics === undefined) return undefined;
  const { namespace } = config.temporal;
  const client = new Client({ connection, namespace, workflow: { queryRejectCondition: 'NOT_OPEN' } });
  const clusters = config.clusters.map(({ id }) => id);
  const { listen } = config.metrics;
  const server = await serveMetrics(listen, createMetrics({ clusters, stateOf: (id) => clusterState(client, id) }));
  log.info('metrics for Prometheus are served', { at: `http://${listen}/metrics` });
  return server;
}

/** Serves them at `host:port`, path `/metrics`. `conflict` when something else listens there. */
export async function serveMetrics(listen: string, metrics: Metrics): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(metrics, request, response));
  await listenAt(server, listen);
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(metrics: Metrics, { method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path] = (url ?? '').split('?');
  if (path !== '/metrics') return tell(response, 404, 'metrics are at /metrics\n');
  if (method !== 'GET' && method !== 'HEAD')
    return tell(response, 405, 'metrics are only read\n', { Allow: 'GET, HEAD' });
  try {
    const { contentType, text } = await metrics.read();
    tell(response, 200, text, { 'Content-Type': contentType });
  } catch (error) {
    log.error('metrics could not be told', { reason: messageOf(error) });
    tell(response, 500, "the worker's log says why there are no metrics\n");
  }
}

function tell(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(text);
}

async function listenAt(server: Server, listen: string): Promise<void> {
  const colon = listen.lastIndexOf(':');
  const [host, port] = [listen.slice(0, colon).replace(/^\[|\]$/g, ''), Number(listen.slice(colon + 1))];
  await new Promise<void>((resolve, reject) => {
    server.on('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(listen, cause)));
    server.listen({ host, port }, resolve);
  });
}

const causes: { readonly [code: string]: readonly [ErrorKind, what: string, hint: string] } = {
  EADDRINUSE: ['conflict', 'something else listens there', 'end it ("ss -ltnp" names it), or choose another port'],
  EACCES: ['denied', 'the system does not allow it', 'choose a port from 1024 on'],
};

function cannotListen(listen: string, cause: NodeJS.ErrnoException): BackupError {
  const unknown = ['precondition', cause.message, 'choose an address of this machine'] as const;
  const [kind, what, hint] = causes[cause.code ?? ''] ?? unknown;
  const where = 'as metrics.listen in cairn.yaml';
  return new BackupError(
    kind,
    `metrics cannot be served at ${listen}: ${what}`,
    { hint: `${hint} ${where}` },
    { cause },
  );
}
