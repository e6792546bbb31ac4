import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../embedded/free-port';
import { type ServerProcess, startServer } from '../../embedded/process';
import { postgresSchema } from '../../model/postgres';
import { type Ask, type PostgresAccess, withDatabase } from '../../servers/postgres';
import { until } from '../kit/pauses';

/** Where Debian puts each version's own commands. */
const versions = '/usr/lib/postgresql';
const newest = existsSync(versions)
  ? readdirSync(versions)
      .filter((version) => existsSync(join(versions, version, 'bin/initdb')))
      .sort((one, other) => Number(other) - Number(one))[0]
  : undefined;

/** Why there is no PostgreSQL here; undefined where there is. */
export const withoutPostgres = newest === undefined ? 'there is no PostgreSQL here (Debian: postgresql)' : undefined;

/** The folder of `pg_dump`, `pg_restore` and the server itself. */
export const postgresCommands = join(versions, newest ?? '15', 'bin');

/** A real PostgreSQL on the loopback interface, where everybody needs a password. */
export interface Postgres {
  readonly port: number;
  /** How somebody gets into a database, as this user: `postgres`, who may do everything, when absent. */
  access(database: string, more?: Partial<PostgresAccess['config']>): PostgresAccess;
  /** Asks as who may do everything. */
  ask<T>(database: string, work: (ask: Ask) => Promise<T>): Promise<T>;
  /** A certificate (PEM) that the server is believed by, under the name `localhost`. */
  readonly authorityFile: string;
  readonly log: string;
  start(): Promise<void>;
  /** As if its machine lost its power. */
  kill(): Promise<void>;
  end(): Promise<void>;
}

export const postgresPassword = 'canary-of-postgres';

export async function startPostgres(): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-postgres-'));
  const [data, port] = [join(folder, 'data'), await freePort()];
  const passwordFile = join(folder, 'password');
  await chmod(folder, 0o755);
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, `${postgresPassword}\n`);
  makeCertificate(folder);
  // It refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const key = join(folder, 'key.pem');
  if (isRoot) for (const path of [data, folder, passwordFile, key]) await chown(path, 65_534, 65_534);
  const asOther = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const command = (name: string, ...args: string[]) => [...asOther, join(postgresCommands, name), ...args];
  const [initdb = '', ...how] = command(
    'initdb',
    ...[`--pgdata=${data}`, '--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ...['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
  );
  execFileSync(initdb, how, { stdio: 'ignore', cwd: folder });
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ssl: 'on',
    ssl_cert_file: join(folder, 'certificate.pem'),
    ssl_key_file: key,
    fsync: 'off',
    timezone: 'UTC',
  };
  const [postgres = '', ...args] = command(
    'postgres',
    `-D${data}`,
    ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
  );
  const access: Postgres['access'] = (database, more = {}) => ({
    config: postgresSchema.parse({
      server: '127.0.0.1',
      port,
      name: database,
      user: 'postgres',
      commands: postgresCommands,
      ...(database === 'postgres' && { maintenance: 'template1' }),
      ...more,
    }),
    password: async () => postgresPassword,
  });
  const ask: Postgres['ask'] = (database, work) => withDatabase(access('postgres'), database, work);
  const ready = async () => (await ask('postgres', (one) => one('SELECT 1'))).length === 1;
  let running: ServerProcess | undefined;
  const start = async () => {
    running = await startServer({ name: 'postgres', folder, command: postgres, args, ports: [port], ready });
  };
  await start();
  return {
    port,
    access,
    ask,
    authorityFile: join(folder, 'certificate.pem'),
    log: join(folder, 'postgres.log'),
    start,
    async kill() {
      await running?.kill();
      await until(async () => !(await isUsed(data)));
    },
    end: async () => {
      await running?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Its other processes end only when they notice that the first is gone; until then no new one may start. */
async function isUsed(data: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)));
  return places.includes(data);
}

/** Of its own authority: its name is that of this host. */
function makeCertificate(folder: string): void {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '30',
      ...name,
      ...files,
    ],
    { stdio: 'ignore' },
  );
}
