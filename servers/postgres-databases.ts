import { z } from 'zod';
import { BackupError, isKind } from '../model/errors';
import { type Ask, quoted } from './postgres';

/** What a database is beside what its dump holds: it is made with it. Plain data, kept in a set. */
export const databasePropertiesSchema = z.strictObject({
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** `i` for ICU and `b` for the built-in provider, with the locale's name; absent for the C library's. */
  provider: z.enum(['i', 'b']).optional(),
  locale: z.string().optional(),
  /** Of ICU. */
  rules: z.string().optional(),
  /** Absent: the server's own. */
  tablespace: z.string().optional(),
  comment: z.string().optional(),
  /** How many may be connected at once; absent: any number. */
  connections: z.int().min(0).optional(),
  /** `name=value`, of the database, or of a role in it. */
  settings: z.array(z.strictObject({ role: z.string().optional(), setting: z.string() })),
  /** Who may do what with it; absent where nobody has changed what PostgreSQL gives by itself. */
  privileges: z
    .array(
      z.strictObject({
        grantee: z.string().optional(),
        privilege: z.string().regex(/^[A-Z]+$/),
        grantable: z.boolean(),
      }),
    )
    .optional(),
});
export type DatabaseProperties = z.infer<typeof databasePropertiesSchema>;
type Setting = DatabaseProperties['settings'][number];

/** Of the database that it is connected to, with the server's version such as `PostgreSQL 15.18`. */
export async function describeDatabase(ask: Ask): Promise<{ version: string; properties: DatabaseProperties }> {
  const [found] = await ask<DatabaseRow>(description);
  const { version, oid, hasPrivileges, provider, locale, rules, tablespace, comment, connections, ...plain } = found!;
  const settings = await ask<{ role: string | null; setting: string }>(settingsOf, oid);
  const privileges = await ask<{ grantee: string | null; privilege: string; grantable: boolean }>(privilegesOf, oid);
  return {
    version: `PostgreSQL ${version}`,
    properties: databasePropertiesSchema.parse({
      ...plain,
      ...(provider !== null && provider !== 'c' && { provider, ...(locale !== null && { locale }) }),
      ...(rules !== null && { rules }),
      ...(tablespace !== null && { tablespace }),
      ...(comment !== null && { comment }),
      ...(connections >= 0 && { connections }),
      settings: settings.map(({ role, setting }) => ({ setting, ...(role !== null && { role }) })),
      ...(hasPrivileges && {
        privileges: privileges.map(({ grantee, ...one }) => ({ ...one, ...(grantee !== null && { grantee }) })),
      }),
    }),
  };
}

interface DatabaseRow {
  readonly version: string;
  readonly oid: number;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly provider: string | null;
  readonly locale: string | null;
  readonly rules: string | null;
  readonly tablespace: string | null;
  readonly comment: string | null;
  /** -1: any number. */
  readonly connections: number;
  readonly hasPrivileges: boolean;
}

// As JSON, because the columns of locales are others in each version.
const description = `
  SELECT current_setting('server_version') AS version, d.oid, pg_get_userbyid(datdba) AS owner,
         pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype,
         to_jsonb(d)->>'datlocprovider' AS provider,
         coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') AS locale,
         to_jsonb(d)->>'daticurules' AS rules, nullif(spcname, 'pg_default') AS tablespace,
         shobj_description(d.oid, 'pg_database') AS comment, datconnlimit AS connections,
         datacl IS NOT NULL AS "hasPrivileges"
  FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = current_database()`;
const settingsOf = `
  SELECT CASE WHEN setrole <> 0 THEN pg_get_userbyid(setrole) END AS role, unnest(setconfig) AS setting
  FROM pg_db_role_setting WHERE setdatabase = $1`;
const privilegesOf = `
  SELECT CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END AS grantee, privilege_type AS privilege,
         is_grantable AS grantable
  FROM pg_database, aclexplode(datacl) WHERE oid = $1`;

/**
 * `precondition` where a table with rows refers to one that is kept without: such a dump could not be restored. Patterns are
 * those of `pg_dump`, without quotes: "*" and "?", all in lower case.
 */
export async function refuseDangling(ask: Ask, withoutRows: readonly string[]): Promise<void> {
  const isWithout = (schema: string, table: string) => withoutRows.some((pattern) => matches(pattern, schema, table));
  const statement = `
    SELECT fn.nspname AS "fromSchema", f.relname AS "fromTable", tn.nspname AS "toSchema", t.relname AS "toTable"
    FROM pg_constraint c JOIN pg_class f ON f.oid = conrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
    JOIN pg_class t ON t.oid = confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE contype = 'f'`;
  for (const { fromSchema, fromTable, toSchema, toTable } of await ask<ForeignKey>(statement)) {
    if (!isWithout(toSchema, toTable) || isWithout(fromSchema, fromTable)) continue;
    throw new BackupError(
      'precondition',
      `table ${fromSchema}.${fromTable} refers to ${toSchema}.${toTable}, which is kept without its rows: that could not be restored`,
      { hint: 'name both under withoutRows in cairn.yaml, or neither' },
    );
  }
}

interface ForeignKey {
  readonly fromSchema: string;
  readonly fromTable: string;
  readonly toSchema: string;
  readonly toTable: string;
}

/** Patterns that no table is named by, such as those with a slip in them. */
export async function unmatchedPatterns(ask: Ask, patterns: readonly string[]): Promise<string[]> {
  const tables = await ask<{ schema: string; name: string }>(
    `SELECT nspname AS schema, relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'm', 'f')`,
  );
  return patterns.filter((pattern) => !tables.some(({ schema, name }) => matches(pattern, schema, name)));
}

function matches(pattern: string, schema: string, table: string): boolean {
  const text = pattern.toLowerCase().replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${text}$`).test(pattern.includes('.') ? `${schema}.${table}` : table);
}

/** Such as 15. */
export async function majorOfServer(ask: Ask): Promise<number> {
  const [{ number } = { number: '0' }] = await ask<{ number: string }>(
    `SELECT current_setting('server_version_num') AS number`,
  );
  return Math.floor(Number(number) / 10_000);
}

/** Names of databases that begin so. */
export async function databasesLike(ask: Ask, prefix: string): Promise<string[]> {
  const statement = 'SELECT datname AS name FROM pg_database WHERE starts_with(datname::text, $1) ORDER BY 1';
  return (await ask<{ name: string }>(statement, prefix)).map(({ name }) => name);
}

export async function hasDatabase(ask: Ask, name: string): Promise<boolean> {
  return (await ask('SELECT 1 FROM pg_database WHERE datname = $1', name)).length > 0;
}

/** An empty database with these properties, but for its settings and privileges; see `completeDatabase`. */
export async function createDatabase(ask: Ask, name: string, like?: DatabaseProperties): Promise<void> {
  const how = like === undefined ? [] : await waysOf(ask, like);
  await ask(['CREATE DATABASE', quoted(name), 'TEMPLATE template0', ...how].join(' '));
}

async function waysOf(
  ask: Ask,
  { owner, encoding, collate, ctype, provider, locale, rules, tablespace }: DatabaseProperties,
): Promise<string[]> {
  const text = (value: string) => literal(ask, value);
  // Said too, as the template may have another; older servers have no word for it.
  const library = provider === undefined && (await majorOfServer(ask)) >= 15;
  return [
    `OWNER ${quoted(owner)} ENCODING ${await text(encoding)} LC_COLLATE ${await text(collate)} LC_CTYPE ${await text(ctype)}`,
    ...(library ? ['LOCALE_PROVIDER libc'] : []),
    ...(provider === 'i' ? [`LOCALE_PROVIDER icu ICU_LOCALE ${await text(locale ?? 'und')}`] : []),
    ...(provider === 'b' ? [`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${await text(locale ?? 'C')}`] : []),
    ...(rules === undefined ? [] : [`ICU_RULES ${await text(rules)}`]),
    ...(tablespace === undefined ? [] : [`TABLESPACE ${quoted(tablespace)}`]),
  ];
}

/** Gives a database its settings, limits and privileges: last, as one that nobody may connect to could not be filled. */
export async function completeDatabase(
  ask: Ask,
  name: string,
  { settings, privileges, comment, connections }: DatabaseProperties,
): Promise<void> {
  for (const one of settings) await setOnce(ask, name, one);
  if (comment !== undefined) await ask(`COMMENT ON DATABASE ${quoted(name)} IS ${await literal(ask, comment)}`);
  if (connections !== undefined) await ask(`ALTER DATABASE ${quoted(name)} CONNECTION LIMIT ${connections}`);
  if (privileges === undefined) return;
  await ask(`REVOKE ALL ON DATABASE ${quoted(name)} FROM PUBLIC`);
  for (const { grantee, privilege, grantable } of privileges) {
    const whom = grantee === undefined ? 'PUBLIC' : quoted(grantee);
    await ask(`GRANT ${privilege} ON DATABASE ${quoted(name)} TO ${whom}${grantable ? ' WITH GRANT OPTION' : ''}`);
  }
}

async function setOnce(ask: Ask, database: string, { role, setting }: Setting): Promise<void> {
  const at = setting.indexOf('=');
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
  const whose =
    role === undefined ? `DATABASE ${quoted(database)}` : `ROLE ${quoted(role)} IN DATABASE ${quoted(database)}`;
  const statement = `ALTER ${whose} SET ${name.split('.').map(quoted).join('.')} TO ${await settingText(ask, name, value)}`;
  await ask(statement).catch((cause: unknown) => {
    if (!isKind(cause, 'denied')) throw cause;
    const what = `this user may not set ${name} ${role === undefined ? '' : `for role ${role} `}in the database, as it was`;
    const hint = 'name a superuser of PostgreSQL as database.user in cairn.yaml for the time of the restoration';
    throw new BackupError('denied', what, { hint }, { cause });
  });
}

/** Lists of names are kept as they were written, each with its own quotes. */
const lists =
  /^(search_path|temp_tablespaces|local_preload_libraries|session_preload_libraries|unix_socket_directories)$/i;

async function settingText(ask: Ask, setting: string, value: string): Promise<string> {
  if (!lists.test(setting)) return await literal(ask, value);
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|([^,"\s]+)/g)].map(
    ([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain!,
  );
  const texts: string[] = [];
  for (const name of names.length === 0 ? [''] : names) texts.push(await literal(ask, name));
  return texts.join(', ');
}

/** A text in a statement, where no value can stand. */
async function literal(ask: Ask, text: string): Promise<string> {
  return (await ask<{ text: string }>('SELECT quote_literal($1::text) AS text', text))[0]!.text;
}

/** `precondition` while somebody is connected to it. */
export async function renameDatabase(ask: Ask, from: string, to: string): Promise<void> {
  await ask(`ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)}`);
}

/** Ends what a killed restoration of ours has left connected to it. Absent is fine. */
export async function dropDatabase(ask: Ask, name: string): Promise<void> {
  const ours = `datname = $1 AND usename = current_user AND application_name = 'cairn' AND pid <> pg_backend_pid()`;
  await ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ours}`, name);
  await ask(`DROP DATABASE IF EXISTS ${quoted(name)}`);
}

/** `precondition` while somebody is connected to it, with who it is. */
export async function refuseWhileConnected(ask: Ask, name: string): Promise<void> {
  const statement = `
    SELECT usename AS "user", coalesce(nullif(application_name, ''), 'no name') AS program, coalesce(client_addr::text, 'local') AS from
    FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid() AND usename IS NOT NULL
      -- Of other roles' sessions not everybody may see what they are.
      AND coalesce(backend_type, 'client backend') = 'client backend' ORDER BY pid`;
  const there = await ask<{ user: string; program: string; from: string }>(statement, name);
  if (there.length === 0) return;
  const who = there.slice(0, 3).map(({ user, program, from }) => `${user} from ${from} (${program})`);
  const more = there.length > who.length ? ` and ${there.length - who.length} more` : '';
  throw new BackupError(
    'precondition',
    `database ${name} is in use: ${who.join(', ')}${more} ${there.length === 1 ? 'is' : 'are'} connected`,
    {
      hint: 'stop what uses it, here the manager on all its hosts, and start it when the restoration has ended',
    },
  );
}

/** `denied` where this user could not replace the database. */
export async function refuseWithoutRights(ask: Ask, name: string): Promise<void> {
  const statement = `
    SELECT rolsuper OR rolcreatedb AS "mayCreate",
           coalesce((SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = $1), true) AS "mayRename"
    FROM pg_roles WHERE rolname = current_user`;
  const [{ mayCreate, mayRename } = { mayCreate: false, mayRename: false }] = await ask<{
    mayCreate: boolean;
    mayRename: boolean;
  }>(statement, name);
  if (mayCreate && mayRename) return;
  throw new BackupError('denied', `this user may not ${mayCreate ? `rename database ${name}` : 'create databases'}`, {
    hint: 'make it the owner of the database, and give it the right CREATEDB',
  });
}
