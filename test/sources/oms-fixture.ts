import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OmsSpec } from '../../model/oms';
import { type Ask, type PostgresAccess, withDatabase } from '../../servers/postgres';
import { openOmsSource } from '../../sources/oms';
import { type Postgres, postgresPassword } from '../servers/postgres';

/** A manager as such products are built: a database that one user owns, and folders of configuration. */
export interface Manager {
  readonly access: PostgresAccess;
  readonly spec: OmsSpec;
  readonly source: ReturnType<typeof openOmsSource>;
  /** Connected as the manager itself would be. */
  start(): Promise<void>;
  stop(): Promise<void>;
  change(): Promise<void>;
  read(): Promise<unknown>;
}

let made = 0;

/** A new one on this PostgreSQL, with its configuration below the folder. */
export async function createManager(postgres: Postgres, folder: string): Promise<Manager> {
  const database = `manager${(made += 1)}`;
  const user = `omm${made}`;
  await postgres.ask('postgres', async (ask) => {
    await ask(`CREATE ROLE ${user} LOGIN CREATEDB PASSWORD '${postgresPassword}'`);
    await ask(`CREATE ROLE ${user}_reader`);
    await ask(`CREATE DATABASE ${database} OWNER ${user}`);
    await ask(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
    await ask(`GRANT CONNECT ON DATABASE ${database} TO ${user}_reader`);
    await ask(`COMMENT ON DATABASE ${database} IS 'the manager''s'`);
    await ask(`ALTER DATABASE ${database} CONNECTION LIMIT 77`);
    await ask(`ALTER DATABASE ${database} SET search_path TO "$user", public, "Odd, name"`);
    await ask(`ALTER ROLE ${user} IN DATABASE ${database} SET work_mem TO '7MB'`);
  });
  const access = postgres.access(database, { user, withoutRows: ['public.alarm_*'] });
  await withDatabase(access, database, async (ask) => {
    await ask('CREATE TABLE settings (name text PRIMARY KEY, value jsonb, changed serial)');
    await ask('CREATE TABLE alarm_history (id serial PRIMARY KEY, text text)');
    await ask('CREATE VIEW names AS SELECT name FROM settings');
    await ask(`GRANT SELECT ON names TO ${user}_reader`);
    await ask(`INSERT INTO settings (name, value) SELECT 'name ' || n, to_jsonb(n) FROM generate_series(1, 2000) n`);
    await ask(`INSERT INTO alarm_history (text) SELECT 'alarm ' || n FROM generate_series(1, 50) n`);
  });
  const configuration = [join(folder, `${database}-conf`), join(folder, `${database}-more`)];
  for (const [place, one] of configuration.entries()) await fillFolder(one, place);
  const spec: OmsSpec = { hosts: ['here'], database: access.config, configuration, topology: ['host here'] };
  const session = holdOpen(access);
  let changes = 0;
  return {
    access,
    spec,
    source: openOmsSource({ access, host: 'here' }),
    start: session.open,
    stop: session.close,
    async change() {
      changes += 1;
      await withDatabase(access, database, async (ask) => {
        await ask('INSERT INTO settings (name, value) VALUES ($1, $2)', `changed ${Date.now()} ${changes}`, '{}');
        await ask('DELETE FROM alarm_history');
      });
      await writeFile(join(configuration[0]!, 'manager.properties'), `changes=${changes}\n`.repeat(changes));
    },
    read: async () => ({
      database: await withDatabase(access, database, held),
      folders: await Promise.all(configuration.map(treeOf)),
    }),
  };
}

async function fillFolder(folder: string, place: number): Promise<void> {
  await mkdir(join(folder, 'a folder/deeper'), { recursive: true });
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'manager.properties'), `place=${place}\n`);
  await writeFile(join(folder, 'a folder/deeper/key.pem'), Buffer.alloc(300_000, place + 1));
  await writeFile(join(folder, 'a folder/nothing'), '');
  await writeFile(join(folder, 'system\\x2dunit.conf'), 'a name with a backslash');
  await symlink('../manager.properties', join(folder, 'a folder/link'));
  await symlink('/nowhere at all', join(folder, 'dangling'));
  await chmod(join(folder, 'a folder/deeper/key.pem'), 0o400);
  await chmod(join(folder, 'empty'), 0o2750);
  if (process.getuid?.() === 0) await chown(join(folder, 'a folder/deeper/key.pem'), 65_534, 65_534);
}

/** All that must be there again: but for the rows of alarms. */
async function held(ask: Ask) {
  return {
    settings: await ask('SELECT name, value, changed FROM settings ORDER BY name'),
    next: await ask(`SELECT last_value, is_called FROM settings_changed_seq`),
    tables: await ask(
      `SELECT relname, relkind, relowner::regrole::text AS owner, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`,
    ),
    database: await ask(
      `SELECT datdba::regrole::text AS owner, datacl::text, datcollate, pg_encoding_to_char(encoding) AS encoding, datlocprovider, datconnlimit, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = current_database()`,
    ),
    variables: await ask(
      `SELECT setrole::regrole::text AS role, setconfig::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = current_database() ORDER BY 1`,
    ),
  };
}

/** Everything about a tree that can be seen, but for the times of folders. */
export async function treeOf(folder: string): Promise<object[]> {
  const stats = await lstat(folder).catch(() => undefined);
  if (stats === undefined) return [];
  const all = ['', ...(await readdir(folder, { recursive: true })).sort()];
  return await Promise.all(
    all.map(async (path) => {
      const full = join(folder, path);
      const found = await lstat(full);
      const { mode, uid, gid, mtimeMs } = found;
      const what = found.isSymbolicLink()
        ? { to: await readlink(full) }
        : found.isFile()
          ? { bytes: (await readFile(full)).toString('base64'), modified: Math.round(mtimeMs / 1000) }
          : {};
      return { path, mode: (mode & 0o7777).toString(8), uid, gid, ...what };
    }),
  );
}

/** One session stays open until it is told to end: what a manager that runs looks like to others. */
function holdOpen(access: PostgresAccess) {
  let end: (() => void) | undefined;
  let ended: Promise<void> | undefined;
  return {
    async open() {
      if (ended !== undefined) return;
      await new Promise<void>((opened, failed) => {
        ended = withDatabase(access, access.config.name, async (ask) => {
          await ask('SELECT 1');
          opened();
          await new Promise<void>((resolve) => (end = resolve));
        }).catch(failed);
      });
    },
    async close() {
      end?.();
      await ended;
      ended = undefined;
    },
  };
}

export const newFolder = (inside: string) => mkdtemp(join(inside, 'dump-'));
