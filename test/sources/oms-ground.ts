import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import type { BackupError } from '../../model/errors';
import { labelAt } from '../../model/label';
import { openOmsSource } from '../../sources/oms';
import { type Postgres, postgresPassword, startPostgres } from '../servers/postgres';
import { createManager, type Manager, newFolder } from './oms-fixture';

/** A manager on a real PostgreSQL, with a dump of it, for all tests of a file. */
export let postgres: Postgres;
export let folder: string;
export let manager: Manager;
export let dump: string;
export let held: unknown;
let labels = 0;
export const label = () => labelAt(Date.UTC(2026, 0, 1) + (labels += 1) * 1000);

export async function startAll() {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'cairn-oms-'));
  manager = await createManager(postgres, folder);
  await manager.change();
  dump = await newFolder(folder);
  await manager.source.dump(manager.spec, dump, noControl());
  held = await manager.read();
}

export async function endAll() {
  await postgres?.end();
  await rm(folder, { recursive: true, force: true });
}

export const load = (from = dump, under = label(), { source, spec } = manager) =>
  source.load(spec, from, under, noControl());

/** With some of its spec or of its ways in changed. */
export function changed(spec: Partial<Manager['spec']>, access: Partial<Manager['access']> = {}, host = 'here') {
  const whole = { ...manager.spec, ...spec };
  const source = openOmsSource({ access: { ...manager.access, config: whole.database, ...access }, host });
  return { ...manager, spec: whole, source };
}

export async function told(operation: Promise<unknown>): Promise<{ kind: string; message: string }> {
  const error = await operation.then(
    () => undefined,
    (thrown: unknown) => thrown as BackupError,
  );
  expect(error).toBeDefined();
  expect(`${error!.message} ${error!.stack} ${JSON.stringify(error!.context)}`).not.toContain(postgresPassword);
  return { kind: error!.kind, message: error!.message };
}

export const saying = (kind: string, message: RegExp) => ({ kind, message: expect.stringMatching(message) as string });

/** What restorations keep, beside the database and the folders. */
export async function leftBeside(): Promise<string[]> {
  const databases = await postgres.ask('postgres', (ask) =>
    ask<{ datname: string }>('SELECT datname FROM pg_database'),
  );
  return [...databases.map(({ datname }) => datname), ...(await readdir(folder))].filter((name) =>
    name.includes('.cairn-'),
  );
}
