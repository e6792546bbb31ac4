/** Temporal's development server on the loopback interface, with its UI and a database file that survives restarts. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from './cache';
import { fetchTemporal } from './fetch-temporal';
import { freePorts } from './free-port';
import { startServer, type ServerProcess } from './process';
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
  const [port, uiPort, httpPort, metricsPort] = await portsFor(options);
  const address = `127.0.0.1:${port}`;
  const ports = ['--port', port, '--ui-port', uiPort, '--http-port', httpPort, '--metrics-port', metricsPort].map(
    String,
  );
  const start = () => serve(binary, address, [...ports, ...flagsOf(options)], options);
  let server = await start();
  return {
    address,
    uiAddress: `http://127.0.0.1:${uiPort}`,
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

async function portsFor({ port, uiPort }: TemporalOptions): Promise<[number, number, number, number]> {
  const [first, second, third, fourth] = (await freePorts(4)) as [number, number, number, number];
  return [port ?? first, uiPort ?? second, third, fourth];
}

function flagsOf({ folder, dbFile, searchAttributes = {} }: TemporalOptions): string[] {
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const database = ['--db-filename', dbFile ?? join(folder, 'temporal.db')];
  return ['--ip', '127.0.0.1', ...database, '--log-level', 'warn', '--ui-disable-news-fetch', ...attributes];
}

async function serve(
  binary: string,
  address: string,
  flags: string[],
  options: TemporalOptions,
): Promise<ServerProcess> {
  const ask = (...args: string[]) =>
    run(binary, ['operator', ...args, '--address', address, '--command-timeout', '5s']);
  const retention = options.retention ?? '90d';
  return startServer({
    name: 'temporal',
    folder: options.folder,
    command: binary,
    args: ['server', 'start-dev', ...flags],
    // The namespace takes its retention only once the server has made it: the change is also the best proof that it serves.
    ready: async () => (await ask('namespace', 'update', '-n', 'default', '--retention', retention), true),
  });
}
