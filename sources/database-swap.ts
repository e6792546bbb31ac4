import type { Control } from '../model/control';
import type { Label } from '../model/label';
import { type Ask, type PostgresAccess, withDatabase } from '../servers/postgres';
import {
  completeDatabase,
  createDatabase,
  type DatabaseProperties,
  databasesLike,
  dropDatabase,
  hasDatabase,
  renameDatabase,
} from '../servers/postgres-databases';
import { restoreDatabase } from '../servers/postgres-commands';
import { labelsIn, nameOf, type Place, type Swapped } from './swap';

/** What a database is filled with. */
export interface DatabaseDump {
  readonly file: string;
  readonly properties: DatabaseProperties;
}

/**
 * A database that is swapped by renaming it; nobody may be connected to it. What is kept stands beside it on its server:
 * `<database>.cairn-<label>.old` and so on.
 */
export function swappedDatabase(access: PostgresAccess, label: Label, dump?: DatabaseDump): Swapped {
  const { name } = access.config;
  const at = (place: Place) => nameOf(name, label, place);
  const beside = <T>(work: (ask: Ask) => Promise<T>) => besideDatabase(access, work);
  return {
    exists: (place) => beside((ask) => hasDatabase(ask, at(place))),
    rename: (from, to) => beside((ask) => renameDatabase(ask, at(from), at(to))),
    markNone: () => beside((ask) => createDatabase(ask, at('none'))),
    unmarkNone: () => beside((ask) => dropDatabase(ask, at('none'))),
    removePart: () => beside((ask) => dropDatabase(ask, at('part'))),
    async build(control: Control) {
      if (dump === undefined) throw new Error('nothing is built here');
      await beside((ask) => createDatabase(ask, at('part'), dump.properties));
      await restoreDatabase(access, dump.file, at('part'), control);
      await beside((ask) => completeDatabase(ask, at('part'), dump.properties));
    },
  };
}

/**
 * Asks the server without being connected to the database itself. One at a time: the server ends the statement that a killed
 * worker has begun, and making a database takes a while.
 */
export async function besideDatabase<T>(access: PostgresAccess, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { name, maintenance } = access.config;
  return await withDatabase(access, maintenance, async (ask) => {
    await ask('SELECT pg_advisory_lock(hashtext($1))', `cairn ${name}`);
    return await work(ask);
  });
}

/** The labels of restorations that left something beside the database. */
export async function labelsOfDatabase(access: PostgresAccess): Promise<readonly Label[]> {
  const { name } = access.config;
  return labelsIn(await besideDatabase(access, (ask) => databasesLike(ask, name)), name);
}
