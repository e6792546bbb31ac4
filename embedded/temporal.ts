/** Temporal's development server on the loopback interface, with its UI and a database file that survives restarts. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Report } from './cache';
import { fetchTemporal } from './fetch-temporal';
import { freePorts } from './free-port';
import { startServer, type ServerSpec } from './process';
import { run } from './run';

export interface TemporalOptions {
  /** Where its log, its pid file and (unless told otherwise) its database lie. */
  readonly folder: string;
  readonly port?: number;
  readonly uiPort?: number;
  /** The database file; `<folder>/temporal.db` unless told. */
  readonly dbFile?: string;
  readonly searchAttributes?: Readonly<Record<string, 'Keyword' | 'KeywordList'>>;
  /** How long finished workflows are kept, as Temporal writes durations; 90d unless told. */
  readonly retention?: string;
  readonly report?: Report;
}

export interface EmbeddedTemporal {
  /** host:port of the gRPC front end. */
  readonly address: string;
  /** URL of the web UI. */
  readonly uiAddress: string;
  readonly namespace: 'default';
  /** Of the present process: another one after a restart. */
  readonly pid: number;
  readonly logFile: string;
  /** May be called twice. The database stays. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it, stopping it first where it still runs: same ports, same database. */
  restart(): Promise<void>;
  /** Lets it outlive this process. */
  keep(): void;
}

/** Starts Temporal, fetching it first when it is not in the cache; returns when it answers. */
export async function startTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  const binary = await fetchTemporal(options.report);
  await mkdir(options.folder, { recursive: true });
  const ports = await portsFor(options);
  const address = `127.0.0.1:${ports.port}`;
  const start = () => startServer(specOf(binary, address, ports, options));
  let server = await start();
  return {
    address,
    uiAddress: `http://127.0.0.1:${ports.uiPort}`,
    namespace: 'default',
    get pid() {
      return server.pid;
    },
    logFile: server.logFile,
    stop: () => server.stop(),
    kill: () => server.kill(),
    keep: () => server.keep(),
    async restart() {
      await server.stop();
      server = await start();
    },
  };
}

interface Ports {
  readonly port: number;
  readonly uiPort: number;
  readonly httpPort: number;
  readonly metricsPort: number;
}

async function portsFor({ port, uiPort }: TemporalOptions): Promise<Ports> {
  const [first, second, httpPort, metricsPort] = (await freePorts(4)) as [number, number, number, number];
  return { port: port ?? first, uiPort: uiPort ?? second, httpPort, metricsPort };
}

/** A person's own settings for Temporal's command line (another server's address, a key) must not reach ours. */
const ownSettingsOnly = ['--disable-config-env', '--disable-config-file'];

function specOf(binary: string, address: string, ports: Ports, options: TemporalOptions): ServerSpec {
  const retention = ['--namespace', 'default', '--retention', options.retention ?? '90d'];
  const setRetention = ['operator', 'namespace', 'update', '--address', address, ...retention, ...ownSettingsOnly];
  return {
    name: 'temporal',
    folder: options.folder,
    command: binary,
    args: ['server', 'start-dev', ...portFlags(ports), ...dataFlags(options), ...ownSettingsOnly],
    ports: Object.values(ports),
    // The default namespace takes its retention only once the server has made it: this is also the best proof that it serves.
    ready: async () => (await run(binary, setRetention), true),
  };
}

function portFlags({ port, uiPort, httpPort, metricsPort }: Ports): string[] {
  const numbers = ['--port', port, '--ui-port', uiPort, '--http-port', httpPort, '--metrics-port', metricsPort];
  return ['--ip', '127.0.0.1', ...numbers.map(String)];
}

function dataFlags({ folder, dbFile, searchAttributes = {} }: TemporalOptions): string[] {
  const pairs = Object.entries(searchAttributes).map(([name, type]) => `${name}=${type}`);
  const attributes = pairs.flatMap((pair) => ['--search-attribute', pair]);
  const database = resolve(dbFile ?? join(folder, 'temporal.db'));
  return ['--db-filename', database, '--log-level', 'warn', '--ui-disable-news-fetch', ...attributes];
}
