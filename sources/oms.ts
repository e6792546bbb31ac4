import { access as mayAccess, constants, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Control } from '../model/control';
import type { Directory } from '../model/directory';
import { BackupError } from '../model/errors';
import { checkedLabel, type Label } from '../model/label';
import type { OmsSpec } from '../model/oms';
import type { MetadataSource } from '../model/source';
import { type PostgresAccess, withDatabase } from '../servers/postgres';
import { checkPostgresCommands } from '../servers/postgres-commands';
import {
  hasDatabase,
  majorOfServer,
  refuseDangling,
  refuseWhileConnected,
  refuseWithoutRights,
} from '../servers/postgres-databases';
import { isAbsent } from '../servers/system-error';
import { besideDatabase, labelsOfDatabase, swappedDatabase } from './database-swap';
import { createLikeParent, exists, refuseFullDisks } from './disk';
import { labelsBeside, type SwappedFolder, swappedFolder } from './folder-swap';
import { buildFolder, onFolders, stopIfAborted } from './oms-configuration';
import { checkDump, dumpOms } from './oms-dump';
import { databaseFile, type OmsNote } from './oms-note';
import * as swap from './swap';

export { omsParts } from './oms-parts';

/** What the source is opened with. */
export interface OmsSourceOptions {
  /** How one gets into the manager's database. */
  readonly access: PostgresAccess;
  /** The name that this worker goes by: the configuration lies on the management hosts. */
  readonly host: string;
}

/**
 * The manager itself (product facts §1: OMS): its database without alarms, and its configuration folders on the management
 * host that this worker is on. Restored with the manager stopped, which is told by who is connected to its database.
 * Opens no connection yet.
 */
export function openOmsSource({ access, host }: OmsSourceOptions): MetadataSource<OmsSpec> {
  return {
    traits: { stoppedForRestore: true, exclusiveRestore: false, needsFreeDisk: true },

    async check(spec, purpose) {
      refuseElsewhere(spec, host);
      await checkPostgresCommands(access, await besideDatabase(access, majorOfServer));
      if (purpose === 'restore') {
        await refuseInUse(access);
        for (const folder of spec.configuration) {
          await onFolders(refuseUnmovable(folder));
          await onFolders(refuseUnwritable(dirname(folder)));
        }
      } else {
        const { name, withoutRows } = access.config;
        await withDatabase(access, name, (ask) => refuseDangling(ask, withoutRows));
        for (const folder of spec.configuration) await onFolders(refuseNoFolder(folder));
      }
    },

    dump: (spec, into, control) => dumpOms(access, spec, into, control),

    async load(spec, from, label, control) {
      const note = await checkDump(access, from, control);
      refuseElsewhere(spec, host);
      refuseOtherPlaces(spec, note);
      refuseOtherTopology(spec, note);
      const folders = note.configuration.map((one) => builtFolder(one, from, checkedLabel(label)));
      const { properties } = note.database;
      const database = swappedDatabase(access, label, { file: `${from}/${databaseFile}`, properties });
      await refuseBegunElsewhere(database, folders, label);
      const unbuilt = await swap.unbuilt(folders);
      for (const { above } of unbuilt) await onFolders(createLikeParent(above));
      await refuseFullDisks(unbuilt.map(({ above, bytes }) => ({ dir: above, bytes })));
      await swap.build([...(await swap.unbuilt([database])), ...unbuilt], control);
      stopIfAborted(control);
      await refuseInUse(access);
      await swap.put([database, ...folders]);
    },

    async revert(spec, label) {
      const [database, ...folders] = allOf(access, spec, checkedLabel(label));
      await refuseBegunElsewhere(database, folders, label);
      await onFolders(swap.bringBack([database, ...folders]));
    },

    async forget(spec, label) {
      const others = new Set(await labelsOf(access, spec));
      others.delete(checkedLabel(label));
      for (const other of others) await swap.dropKept(allOf(access, spec, other));
    },
  };
}

/** In the order in which they are put: what the database keeps says that folders may be replaced. */
function allOf(access: PostgresAccess, { configuration }: OmsSpec, label: Label): [swap.Swapped, ...SwappedFolder[]] {
  return [swappedDatabase(access, label), ...configuration.map((folder) => swappedFolder(folder, label))];
}

/** All management hosts share the database, and each has configuration folders of its own. */
async function refuseBegunElsewhere(
  database: swap.Swapped,
  folders: readonly SwappedFolder[],
  label: Label,
): Promise<void> {
  if (!(await swap.keepsSomething([database]))) return;
  const [first] = await swap.untouched(folders);
  if (first === undefined) return;
  throw new BackupError(
    'precondition',
    `restoration ${label} has replaced the database, but has left nothing in ${first.above}: it ran on another management host`,
    { hint: 'start the worker of that host; its configuration folders must be those of services.oms.configuration' },
  );
}

async function labelsOf(access: PostgresAccess, { configuration }: OmsSpec): Promise<Label[]> {
  return [await labelsOfDatabase(access), ...(await Promise.all(configuration.map(labelsBeside)))].flat();
}

interface BuiltFolder extends SwappedFolder {
  readonly bytes: number;
}

function builtFolder({ folder, found }: OmsNote['configuration'][number], from: Directory, label: Label): BuiltFolder {
  const bytes = found.reduce((sum, { what }) => sum + (what.kind === 'file' ? what.bytes : 0), 0);
  const build = (part: Directory, control: Control) => buildFolder(part, from, found, control);
  return { ...swappedFolder(folder, label, build), bytes };
}

/** The configuration lies on its hosts only; another worker would read and write another's. */
function refuseElsewhere({ hosts }: OmsSpec, host: string): void {
  if (hosts.includes(host)) return;
  throw new BackupError('precondition', `the manager is on ${hosts.join(', ')}, this worker is on ${host}`, {
    hint: `start a worker on ${hosts.join(' or ')}`,
  });
}

async function refuseInUse(access: PostgresAccess): Promise<void> {
  const { name } = access.config;
  await besideDatabase(access, async (ask) => {
    await refuseWithoutRights(ask, name);
    if (await hasDatabase(ask, name)) await refuseWhileConnected(ask, name);
  });
}

/** A set names the places that it came from; only those that the worker's configuration names are written to. */
function refuseOtherPlaces({ configuration, database }: OmsSpec, note: OmsNote): void {
  const held = note.configuration.map(({ folder }) => folder);
  const other = held.find((folder) => !configuration.includes(folder));
  if (other !== undefined)
    throw new BackupError('precondition', `the set holds ${other}, which is no configuration folder of this manager`, {
      hint: `name it under services.oms.configuration in cairn.yaml; there are: ${configuration.join(', ')}`,
    });
  const lacking = configuration.find((folder) => !held.includes(folder));
  if (lacking !== undefined)
    throw new BackupError('precondition', `the set does not hold ${lacking}, which would stay as it is`, {
      hint: 'take it out of services.oms.configuration in cairn.yaml until the restoration has ended, or choose another set',
    });
  if (note.database.name === database.name) return;
  throw new BackupError(
    'precondition',
    `the set holds database ${note.database.name}, this manager has ${database.name}`,
    {
      hint: 'choose a set of this manager, or name that database under services.oms.database in cairn.yaml',
    },
  );
}

/** The product restores OMS only where hosts and services are those of the backup (product facts §8). */
function refuseOtherTopology({ topology }: OmsSpec, note: OmsNote): void {
  const gone = note.topology.filter((one) => !topology.includes(one)).map((one) => `no more: ${one}`);
  const come = topology.filter((one) => !note.topology.includes(one)).map((one) => `new: ${one}`);
  const [first, ...others] = [...gone, ...come];
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw new BackupError(
    'precondition',
    `the manager looked after other hosts or services when the set was made (${first}${more})`,
    {
      hint: "restore it where they are the same; what the workers' cairn.yaml says of clusters and hosts is compared",
    },
  );
}

async function refuseNoFolder(folder: Directory): Promise<void> {
  const stats = await lstat(folder).catch((cause: unknown) => {
    if (!isAbsent(cause)) throw cause;
    throw new BackupError(
      'missing',
      `there is no configuration folder ${folder} on this host`,
      { hint: named },
      { cause },
    );
  });
  if (stats.isDirectory()) return;
  const what = stats.isSymbolicLink() ? 'a link' : 'a file';
  throw new BackupError('precondition', `${folder} is ${what}, not a folder`, { hint: named });
}

/** The new folder is made beside the one that it replaces, where that is lost with what it lay in, too. */
async function refuseUnwritable(above: Directory): Promise<void> {
  if (!(await exists(above))) return await refuseUnwritable(dirname(above));
  await mayAccess(above, constants.W_OK | constants.X_OK);
}

const named = 'correct services.oms.configuration in cairn.yaml; of a link, name the folder that it leads to';

/** What is a mount of its own cannot be renamed. */
async function refuseUnmovable(folder: Directory): Promise<void> {
  if (!(await exists(folder))) return;
  await refuseNoFolder(folder);
  if ((await lstat(folder)).dev === (await lstat(dirname(folder))).dev) return;
  throw new BackupError('precondition', `${folder} is a mount of its own, which cannot be put aside`, {
    hint: 'name the folders in it under services.oms.configuration in cairn.yaml',
  });
}
