import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../model/control';
import { BackupError, type ErrorKind } from '../model/errors';
import { findExecutable } from './find-executable';
import { startLongCommand } from './long-command';
import type { PostgresAccess } from './postgres';

/**
 * Dumps the whole database into one file, in PostgreSQL's custom format: a view of one moment. `withoutRows` names tables that
 * are dumped without their rows. Errors as of `withDatabase`, and `precondition` where the command is missing or older than
 * the server, `cancelled`.
 */
export async function dumpDatabase(access: PostgresAccess, file: string, control: Control): Promise<void> {
  const { name, withoutRows } = access.config;
  const args = [
    '--format=custom',
    // The archive that it goes into is compressed.
    '--compress=0',
    '--lock-wait-timeout=60000',
    ...withoutRows.map((table) => `--exclude-table-data=${table}`),
    `--file=${file}`,
    `--dbname=${name}`,
  ];
  await runCommand(access, 'pg_dump', [...serverOf(access), ...args], control, file);
}

/** Fills a database that is empty with what a file holds. `precondition` where a role that owns something is not there. */
export async function restoreDatabase(
  access: PostgresAccess,
  file: string,
  into: string,
  control: Control,
): Promise<void> {
  const args = ['--exit-on-error', `--dbname=${asDatabase(into)}`, file];
  await runCommand(access, 'pg_restore', [...serverOf(access), ...args], control);
}

/** `corrupt` where `pg_restore` cannot read what the file holds. */
export async function checkDatabaseFile(access: PostgresAccess, file: string, control: Control): Promise<void> {
  await runCommand(access, 'pg_restore', ['--list', file], control).catch((error: unknown) => {
    if (!(error instanceof BackupError) || error.kind !== 'unavailable' || error.context['exitCode'] === null)
      throw error;
    throw new BackupError(
      'corrupt',
      `the dump of database ${access.config.name} cannot be read: ${error.what}`,
      {},
      { cause: error },
    );
  });
}

/**
 * `precondition` where a command is missing, or does not fit the server of this major version: an older `pg_dump` refuses it,
 * and from 17 on `pg_restore` sends settings that servers until 16 do not know, so that nothing could be restored there.
 */
export async function checkPostgresCommands(access: PostgresAccess, server: number): Promise<void> {
  for (const command of ['pg_dump', 'pg_restore']) {
    const major = await majorOf(access, command);
    if (major >= server && (major < 17 || server >= 17)) continue;
    throw new BackupError('precondition', `${command} is of PostgreSQL ${major}, the server of PostgreSQL ${server}`, {
      hint: "install the client of the server's version, or name its folder as database.commands in cairn.yaml",
    });
  }
}

async function majorOf(access: PostgresAccess, command: string): Promise<number> {
  const argv = [await pathOf(access, command), '--version'];
  const { ended } = startLongCommand(argv, await environmentOf({ config: access.config }), () => undefined);
  const { said } = await ended;
  const major = /\(PostgreSQL\) (\d+)/.exec(said.join('\n'))?.[1];
  if (major !== undefined) return Number(major);
  throw new BackupError('precondition', `\`${command} --version\` does not tell a version of PostgreSQL`, {
    hint: 'see what is found under this name, or name the right folder as database.commands in cairn.yaml',
  });
}

/** A name with signs in it would be read as a list of settings. */
function asDatabase(name: string): string {
  return `dbname='${name.replaceAll(/['\\]/g, '\\$&')}'`;
}

async function pathOf({ config: { commands } }: PostgresAccess, command: string): Promise<string> {
  const path = commands === undefined ? command : join(commands, command);
  const found = await findExecutable(path);
  if (found !== undefined) return found;
  throw new BackupError('precondition', `there is no command \`${path}\` that can be run`, {
    hint: "install PostgreSQL's client on the worker's host, or name its folder as database.commands in cairn.yaml",
  });
}

async function runCommand(
  access: PostgresAccess,
  command: string,
  args: readonly string[],
  { signal, report }: Control,
  growing?: string,
): Promise<void> {
  const path = await pathOf(access, command);
  if (signal.aborted) throw new BackupError('cancelled', `stopped before running ${command}`);
  const running = startLongCommand([path, ...args], await environmentOf(access), () => undefined);
  const kill = () => void running.kill();
  signal.addEventListener('abort', kill, { once: true });
  const clock = setInterval(
    () => void sizeOf(growing).then((bytes) => report(bytes === undefined ? {} : { bytes })),
    1000,
  );
  try {
    const { exitCode, said } = await running.ended;
    if (signal.aborted) throw new BackupError('cancelled', `stopped while running ${command}`);
    if (exitCode !== 0) throw failure(command, exitCode, said);
  } finally {
    clearInterval(clock);
    signal.removeEventListener('abort', kill);
  }
}

function serverOf({ config: { server, port, user } }: PostgresAccess): string[] {
  return [`--host=${server}`, `--port=${port}`, `--username=${user}`, '--no-password'];
}

async function sizeOf(file: string | undefined): Promise<number | undefined> {
  if (file === undefined) return undefined;
  return await stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** The password stands in the environment, which no other user of the host can read; a worker's other secrets do not. */
async function environmentOf({ password, authorityFile }: PostgresAccess): Promise<NodeJS.ProcessEnv> {
  const { PATH, LD_LIBRARY_PATH, TZ } = process.env;
  const secret = await password?.();
  return {
    ...(PATH !== undefined && { PATH }),
    ...(LD_LIBRARY_PATH !== undefined && { LD_LIBRARY_PATH }),
    ...(TZ !== undefined && { TZ }),
    LC_ALL: 'C',
    PGAPPNAME: 'cairn',
    PGCONNECT_TIMEOUT: '20',
    // What the worker's user has in his own files is not asked.
    PGPASSFILE: '/dev/null',
    PGSERVICEFILE: '/dev/null',
    ...(secret !== undefined && { PGPASSWORD: secret }),
    ...(authorityFile === undefined
      ? { PGSSLMODE: 'disable' }
      : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: authorityFile }),
  };
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly hint?: string;
}

const sayings: readonly (Meaning & { readonly pattern: RegExp })[] = [
  {
    pattern:
      /authentication failed|no pg_hba\.conf entry|permission denied|must be (owner|superuser|member)|certificate verify failed/,
    kind: 'denied',
    hint: 'the user must own the database; some extensions want a superuser as database.user while they are restored',
  },
  {
    pattern: /server version mismatch/,
    kind: 'precondition',
    hint: "name the folder of the server's own commands as database.commands in cairn.yaml",
  },
  {
    pattern: /unsupported version \([\d.-]+\) in file header/,
    kind: 'precondition',
    hint: 'the dump was made by a newer pg_dump: name the folder of newer commands as database.commands in cairn.yaml',
  },
  {
    pattern: /role "[^"]*" does not exist/,
    kind: 'precondition',
    hint: 'create the role on the PostgreSQL server first: a database does not hold the roles that own its tables',
  },
  {
    pattern: /extension "[^"]*" is not available/,
    kind: 'precondition',
    hint: 'install the extension on the PostgreSQL server first',
  },
  { pattern: /database "[^"]*" does not exist/, kind: 'missing' },
  { pattern: /No space left on device/, kind: 'full' },
];

/** What cannot be told apart may pass by itself: these commands end with the same code for everything. */
function failure(command: string, exitCode: number | null, said: readonly string[]): BackupError {
  // Other lines may hold what stands in the tables, which is nothing for a message.
  const errors = said.filter((line) => line.startsWith(`${command}: error: `));
  const text = errors.slice(-4).join('\n').slice(-2000).trim();
  const { kind, hint } = sayings.find(({ pattern }) => pattern.test(text)) ?? { kind: 'unavailable' as const };
  const how = exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`;
  return new BackupError(kind, `${command} ${how}${text === '' ? '' : `: ${text}`}`, {
    ...(hint && { hint }),
    exitCode,
  });
}
