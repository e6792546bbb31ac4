import { dirname } from 'node:path/posix';
import type { Label } from '../model/label';
import { labelPattern } from '../model/label';
import { isSettled, type KnownTask, type Remain } from '../model/remains';
import type { BackupTarget } from '../model/target';
import {
  type FolderParts,
  labelOfUnfinished,
  namesOf,
  parseDataFolder,
  parseScratch,
  parseSetFolder,
  parseSetName,
  setOfArchive,
  writtenFolder,
} from './layout';
import { listRemains } from './list';
import { ownerOf } from './owner';
import { listSetNames } from './set-names';

/** Whose remains are looked for, and what only that cluster and its Temporal know. */
export interface RemainsScope {
  readonly cluster: string;
  /** The folder that the cluster's sets lie under; '' where the target is shared with others. */
  readonly root: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  taskOf(task: string, creation: Label): KnownTask | undefined;
  /** Whether the check with this id goes on. */
  isChecking(check: string): Promise<boolean>;
}

/**
 * What runs and checks of the cluster left below its root that did not end as they should, by folder. Sets are never among
 * it, nor what lies in folders of other clusters. Only right while no run of the cluster goes on.
 */
export async function* findRemains(target: BackupTarget, scope: RemainsScope): AsyncGenerator<Remain> {
  const { folders, dataFolders, scratch } = await look(target, scope.root);
  for (const folder of [...folders].sort())
    yield* ownOnly(target, scope, folder, parseSetFolder(folder)!, inSetFolder(target, scope, folder));
  for (const folder of [...dataFolders].sort())
    yield* ownOnly(target, scope, folder, parseDataFolder(folder)!, inDataFolder(target, scope, folder));
  for (const [folder, bytes] of [...scratch].sort()) yield* ofCheck(scope, folder, bytes);
}

interface Seen {
  /** Of metadata. */
  readonly folders: Set<string>;
  readonly dataFolders: Set<string>;
  /** Of checks, with the bytes that lie there. */
  readonly scratch: Map<string, number>;
}

async function look(target: BackupTarget, root: string): Promise<Seen> {
  const seen: Seen = { folders: new Set(), dataFolders: new Set(), scratch: new Map() };
  const note = (name: string, bytes: number): void => {
    const check = parseScratch(name);
    const folder = check?.folder ?? dirname(name);
    if (check?.root === root) seen.scratch.set(folder, (seen.scratch.get(folder) ?? 0) + bytes);
    else if (check === undefined && parseSetFolder(folder)?.root === root) seen.folders.add(folder);
  };
  for await (const { name, bytes } of target.list(root)) note(name, bytes);
  for await (const { name, bytes } of target.remains?.(root) ?? []) note(name, bytes);
  for (const folder of (await target.snapshots?.folders(root)) ?? []) {
    if (parseScratch(folder) !== undefined) note(folder, 0);
    else if (parseDataFolder(folder)?.root === root) seen.dataFolders.add(folder);
  }
  return seen;
}

/** Those of a folder, where it is the cluster's own; whose it is is asked only where there are any. */
async function* ownOnly(
  target: BackupTarget,
  { cluster, root, taskOf }: RemainsScope,
  folder: string,
  { task, creation }: FolderParts,
  remains: AsyncIterable<Remain>,
): AsyncGenerator<Remain> {
  let owner: string | undefined = root === '' ? undefined : cluster;
  let isAsked = root !== '';
  for await (const remain of remains) {
    if (!isAsked) {
      owner = await ownerOf(target, newestFirst(await listSetNames(target, folder)));
      owner ??= taskOf(task, creation) === undefined ? undefined : cluster;
      isAsked = true;
    }
    if (owner === cluster) yield remain;
    else if (owner === undefined) yield { ...remain, kept: 'neither a set nor a task tells whose it is' };
  }
}

async function* inSetFolder(target: BackupTarget, scope: RemainsScope, folder: string): AsyncGenerator<Remain> {
  const { task, creation } = parseSetFolder(folder)!;
  const labels = (await listSetNames(target, folder)).map((name) => parseSetName(name)!.label);
  const isOld = (label: Label) => isSettled(label, labels.sort().at(-1), scope.taskOf(task, creation), scope.now);
  for await (const { name, bytes } of listRemains(target, folder))
    yield settled({ kind: 'archive', name, bytes }, isOld(parseSetName(setOfArchive(name)!)!.label));
  yield* uploads(target, folder);
}

async function* inDataFolder(target: BackupTarget, scope: RemainsScope, folder: string): AsyncGenerator<Remain> {
  const { task, creation } = parseDataFolder(folder)!;
  const snapshots = await target.snapshots!.list(folder);
  const newest = snapshots.filter((name) => labelPattern.test(name)).at(-1);
  const isOld = (label: Label) => isSettled(label, newest, scope.taskOf(task, creation), scope.now);
  // Not in the trees: what lies there are people's files, maybe millions, whatever they are called.
  yield* uploads(target, writtenFolder(folder));
  const unfinished = snapshots.flatMap((name) => {
    const label = labelOfUnfinished(name);
    return label === undefined ? [] : [{ name, label }];
  });
  for (const { name, label } of unfinished)
    yield settled({ kind: 'snapshot', name: `${folder}/.snapshot/${name}` }, isOld(label));
  // Where somebody else has made a snapshot, or a set stands, the next run goes on with what is there.
  const isNeeded = snapshots.length > unfinished.length || unfinished.some(({ label }) => !isOld(label));
  if (!isNeeded) yield settled({ kind: 'folder', name: folder }, isOld(creation));
}

async function* uploads(target: BackupTarget, folder: string): AsyncGenerator<Remain> {
  for await (const { name, bytes } of target.remains?.(folder) ?? []) yield { kind: 'upload', name, bytes };
}

async function* ofCheck(scope: RemainsScope, folder: string, bytes: number): AsyncGenerator<Remain> {
  const { cluster, check } = parseScratch(folder)!;
  if (cluster !== scope.cluster) return;
  const remain: Remain = { kind: 'check', name: folder, bytes };
  yield (await scope.isChecking(check)) ? { ...remain, kept: 'its check goes on' } : remain;
}

function settled(remain: Remain, isOld: boolean): Remain {
  return isOld
    ? remain
    : { ...remain, kept: 'it is newer than the newest set beside it, and of no run that is known here' };
}

function newestFirst(names: readonly string[]): string[] {
  const labelOf = (name: string) => parseSetName(name)!.label;
  return [...names].sort((one, other) => (labelOf(one) < labelOf(other) ? 1 : -1));
}

/** Removes a remain as it was found. May be repeated. An archive that has become a set meanwhile stays. */
export async function removeRemain(
  target: BackupTarget,
  { kind, name }: Remain,
  clearCheck: (folder: string) => Promise<void>,
): Promise<void> {
  switch (kind) {
    case 'upload':
      return await target.clean?.(dirname(name));
    case 'archive':
      if ((await target.stat(namesOf(setOfArchive(name)!).manifest)) === undefined) await target.remove(name);
      return;
    case 'snapshot': {
      const [folder = '', snapshot = ''] = name.split('/.snapshot/');
      return await target.snapshots?.remove(folder, snapshot);
    }
    case 'folder':
      return await target.snapshots?.close(name);
    case 'check':
      return await clearCheck(name);
  }
}
