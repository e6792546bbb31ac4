import { Client, Connection } from '@temporalio/client';
import { BackupError, messageOf } from '../model/errors';
import { interceptors } from './closed-connection';

export interface ConnectOptions {
  /** host:port of the Temporal server. Default: TEMPORAL_ADDRESS, else 127.0.0.1:7233. */
  readonly address?: string | undefined;
  /** Default: TEMPORAL_NAMESPACE, else `default`. */
  readonly namespace?: string | undefined;
  /** A connection of your own (TLS, API key …); it stays yours, `close` leaves it open. */
  readonly connection?: Connection | undefined;
}

export interface Connected {
  readonly client: Client;
  readonly address: string;
  close(): Promise<void>;
}

const connectTimeout = '3 seconds';

/** Connects people's side to Temporal. `unavailable` when nobody answers within three seconds. */
export async function connect(options: ConnectOptions): Promise<Connected> {
  const address = options.address ?? process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const namespace = options.namespace ?? process.env['TEMPORAL_NAMESPACE'] ?? 'default';
  const connection = options.connection ?? (await openConnection(address));
  // A query to a workflow that somebody ended would be answered from its grave.
  const client = new Client({ connection, namespace, workflow: { queryRejectCondition: 'NOT_OPEN' } });
  return { client, address, close: async () => (options.connection === undefined ? connection.close() : undefined) };
}

async function openConnection(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout, interceptors });
  } catch (cause) {
    throw noAnswer(address, cause);
  }
}

/** Temporal itself does not answer. */
export function noAnswer(address: string, cause: unknown): BackupError {
  return new BackupError(
    'unavailable',
    `no Temporal answers at ${address} (${messageOf(cause)})`,
    { hint: 'name another one with --address or TEMPORAL_ADDRESS, or start one: "cairn dev" brings its own' },
    { cause },
  );
}
