import type * as Pg from 'pg';

/** What cairn uses of `pg`. */
export interface PgClient {
  connect(): Promise<void>;
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
  end(): Promise<void>;
  on(event: 'error', heard: (error: Error) => void): void;
}

export interface PgOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: () => Promise<string>;
  readonly ssl: { readonly ca: string } | false;
  readonly connectionTimeoutMillis: number;
  readonly query_timeout: number;
  readonly application_name: string;
}

/** The package is loaded when a database is asked for the first time: most workers have none. */
export function createPgClient(options: PgOptions): PgClient {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { Client } = require('pg') as typeof Pg;
  return new Client({ ...options }) as unknown as PgClient;
}
