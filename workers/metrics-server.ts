import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Client, type Connection } from '@temporalio/client';
import { clusterState } from '../client/cluster-state';
import type { WorkerConfig } from '../model/config';
import { messageOf } from '../model/errors';
import { listenAddress, listenAt } from './listen';
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
  await listenAt(server, listenAddress(listen), 'metrics', 'metrics.listen');
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
