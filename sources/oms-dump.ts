import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import type { OmsSpec } from '../model/oms';
import type { Dumped } from '../model/source';
import { type PostgresAccess, withDatabase } from '../servers/postgres';
import { checkDatabaseFile, dumpDatabase } from '../servers/postgres-commands';
import { describeDatabase, unmatchedPatterns } from '../servers/postgres-databases';
import { checkFile, checkFiles, digestOfFile, dumpFolder } from './oms-configuration';
import { corrupt, databaseFile, noteName, type OmsNote, readNote, writeNote } from './oms-note';

/**
 * Writes the manager's database, without the rows of its alarms, and its configuration folders, each as it is when it is
 * reached. The note comes last: without it, the rest is not a dump.
 */
export async function dumpOms(
  access: PostgresAccess,
  spec: OmsSpec,
  into: Directory,
  control: Control,
): Promise<Dumped> {
  for (const name of await readdir(into)) await rm(join(into, name), { recursive: true });
  const { name } = access.config;
  const { version, properties, unmatched } = await withDatabase(access, name, async (ask) => ({
    ...(await describeDatabase(ask)),
    unmatched: await unmatchedPatterns(ask, access.config.withoutRows),
  }));
  const file = join(into, databaseFile);
  await dumpDatabase(access, file, control);
  const configuration = [];
  for (const [place, folder] of spec.configuration.entries())
    configuration.push({ folder, found: await dumpFolder(folder, into, `configuration/${place + 1}`, control) });
  const bytes = (await stat(file)).size;
  const database = { name, version, properties, bytes, sha256: await digestOfFile(file, control) };
  await writeNote(into, { format: 1, database, configuration, topology: [...spec.topology] });
  const files = configuration.flatMap(({ found }) => found.filter(({ what }) => what.kind === 'file')).length;
  return {
    componentVersion: version,
    facts: {
      database: name,
      databaseBytes: bytes,
      configurationFolders: configuration.length,
      configurationFiles: files,
    },
    notes: unmatched.map(
      (pattern) => `no table of database ${name} is named ${pattern}, as services.oms.database.withoutRows says`,
    ),
  };
}

/**
 * Checks a dump whole before anything is touched: the note is as it was written, each file that it names is there with the
 * bytes that it had, nothing else is, and PostgreSQL can read the database's file. Whatever is wrong is `corrupt`.
 */
export async function checkDump(access: PostgresAccess, from: Directory, control: Control): Promise<OmsNote> {
  const note = await readNote(from);
  await checkFile(from, databaseFile, note.database.sha256, control);
  const found = note.configuration.flatMap((one) => one.found);
  const known = new Set([noteName, databaseFile, ...(await checkFiles(from, found, control))]);
  for await (const path of filesBelow(from, ''))
    if (!known.has(path)) throw corrupt(`an unknown file ${JSON.stringify(path)}`);
  await checkDatabaseFile(access, join(from, databaseFile), control);
  return note;
}

async function* filesBelow(folder: Directory, prefix: string): AsyncGenerator<string> {
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* filesBelow(folder, `${prefix}${entry.name}/`);
    else yield prefix + entry.name;
  }
}
