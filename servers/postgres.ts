import { BackupError, type ErrorKind } from '../model/errors';
import type { PostgresConfig } from '../model/postgres';
import { authority } from './authority';
import { codeOf, isDistrust } from './http';
import { createPgClient, type PgClient } from './postgres-package';

/** A database of a PostgreSQL server, and how one gets in. */
export interface PostgresAccess {
  readonly config: PostgresConfig;
  /** Reads the password; absent where the server asks for none. */
  readonly password?: () => Promise<string>;
  /** A file with certificates (PEM) that the server is believed by; absent: the connection is not encrypted. */
  readonly authorityFile?: string;
}

/** Rows of a statement; `$1` … in it stand for the values. */
export type Ask = <Row>(statement: string, ...values: readonly unknown[]) => Promise<readonly Row[]>;

/** Nobody else is looked for: one who cannot connect or answer within that is taken for one who is not there. */
const patience = { connectionTimeoutMillis: 20_000, query_timeout: 300_000 };

/**
 * Connects to the database of this name for as long as the work takes. Errors: `unavailable`, `denied`, `missing` (there is no
 * such database), `precondition`, `conflict` (a name is taken), `full`; their context has PostgreSQL's `code`.
 */
export async function withDatabase<T>(
  access: PostgresAccess,
  name: string,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const { server, port, user } = access.config;
  const doing = `could not use database ${name} of ${server}:${port}`;
  const client = createPgClient({
    host: server,
    port,
    user,
    database: name,
    // Without a function `pg` would look for one in the environment and in ~/.pgpass.
    password: access.password ?? noPassword,
    ssl: access.authorityFile !== undefined && { ca: await authority(access.authorityFile, 'database.authority') },
    application_name: 'cairn',
    ...patience,
  });
  // A connection that breaks while nothing is asked: the next question tells.
  client.on('error', () => undefined);
  try {
    await told(doing, client.connect());
    return await work(askingOf(client, doing));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function noPassword(): Promise<string> {
  throw new BackupError('denied', 'PostgreSQL asks for a password, and cairn.yaml names none', {
    hint: 'name its secret as database.passwordSecret in cairn.yaml',
  });
}

function askingOf(client: PgClient, doing: string): Ask {
  return async <Row>(statement: string, ...values: readonly unknown[]) =>
    (await told(doing, client.query(statement, values))).rows as readonly Row[];
}

/** A name in a statement, where no value can stand. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function told<T>(doing: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw postgresError(doing, error);
  }
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly hint: string;
}

/** By the beginning of SQLSTATE (PostgreSQL's appendix A), or the system's code. */
const meanings: readonly (readonly [RegExp, Meaning])[] = [
  [/^28/, { kind: 'denied', hint: 'check user and passwordSecret, and pg_hba.conf of the server' }],
  [/^42501$/, { kind: 'denied', hint: 'the user must own the database and have the right CREATEDB' }],
  [/^3D000$/, { kind: 'missing', hint: 'check the name of the database' }],
  [/^42P04$/, { kind: 'conflict', hint: 'a database of this name is there' }],
  [/^55006$/, { kind: 'precondition', hint: 'somebody uses it: stop what is connected to it' }],
  [
    /^(42704|22023)$/,
    { kind: 'precondition', hint: 'the server lacks what the database needs, such as a role or a locale' },
  ],
  [/^(53100|58030)$/, { kind: 'full', hint: 'make room on the disk of the PostgreSQL server' }],
];
const distrust: Meaning = {
  kind: 'denied',
  hint: 'check authority: the server shows a certificate that it does not vouch for',
};
const passing: Meaning = { kind: 'unavailable', hint: 'see whether PostgreSQL runs there and this host reaches it' };
const unknown: Meaning = { kind: 'precondition', hint: "see PostgreSQL's log for what it refused" };

function meaningOf(code: string | undefined): Meaning {
  if (isDistrust(code)) return distrust;
  return isPassing(code) ? passing : unknown;
}

/** Connections, resources, an operator's intervention, a lock: that passes. What has no SQLSTATE comes from the system. */
function isPassing(code: string | undefined): boolean {
  return code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|40|53|57|55P03)/.test(code);
}

/** PostgreSQL's messages hold no passwords. */
function postgresError(doing: string, error: unknown): unknown {
  if (error instanceof BackupError) return error;
  // Told by its shape: an error that comes from another realm is no `instanceof Error`.
  const { message } = error as { readonly message?: unknown };
  if (typeof message !== 'string') return error;
  const code = codeOf(error);
  const known = meanings.find(([pattern]) => pattern.test(code ?? ''))?.[1];
  const { kind, hint } = known ?? meaningOf(code);
  return new BackupError(
    kind,
    `${doing}: ${message === '' ? innerMessage(error) : message}`,
    { hint, ...(code !== undefined && { code }) },
    { cause: error },
  );
}

/** Where a name has several addresses, none of which answers, the error around theirs says nothing. */
function innerMessage(error: unknown): string {
  const { errors = [], code = '' } = error as { readonly errors?: readonly unknown[]; readonly code?: string };
  return errors.map((one) => String((one as { readonly message?: unknown }).message)).join(', ') || code;
}
