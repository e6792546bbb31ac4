import { isKind } from '../model/errors';
import { labelPattern, type Label } from '../model/label';
import type { BackupTarget } from '../model/target';
import { dataSetName, folderOf, parseDataFolder, parseSetName, setOfManifest, type ParsedName } from './layout';
import { manifestDigest } from './manifest';

export interface NamesPage {
  /** Only names after this one. */
  readonly after: string;
  /** At most so many. */
  readonly most: number;
}

/**
 * Names of the sets below a prefix, of both families, sorted. Memory grows with the page, not with the target: of all
 * names that the target tells, only the smallest `most` after `after` are kept.
 */
export async function listSetNames(
  target: BackupTarget,
  prefix: string,
  page: NamesPage = { after: '', most: Infinity },
): Promise<string[]> {
  let names: string[] = [];
  for await (const name of setNamesBelow(target, prefix)) {
    if (name <= page.after) continue;
    names.push(name);
    if (names.length > 2 * page.most) names = names.sort().slice(0, page.most);
  }
  return names.sort().slice(0, page.most);
}

/** Names of the sets below a prefix ('' for all), of both families, in no particular order. Foreign files are passed over. */
export async function* setNamesBelow(target: BackupTarget, prefix: string): AsyncGenerator<string> {
  for await (const { name: object } of target.list(prefix)) {
    const name = setOfManifest(object);
    if (name !== undefined) yield name;
  }
  for (const folder of await dataFoldersBelow(target, prefix)) yield* await dataSetsIn(target, folder);
}

/** The prefix itself may be such a folder: of metadata, too, it may be a task's own. */
async function dataFoldersBelow(target: BackupTarget, prefix: string): Promise<string[]> {
  const below = (await target.snapshots?.folders(prefix)) ?? [];
  return [...new Set([prefix, ...below])].filter((folder) => parseDataFolder(folder) !== undefined);
}

/** Snapshots of other names are unfinished, or somebody else's. Oldest first. */
async function dataSetsIn(target: BackupTarget, folder: string): Promise<string[]> {
  const snapshots = (await target.snapshots?.list(folder)) ?? [];
  return snapshots
    .filter((name) => labelPattern.test(name))
    .sort()
    .map((label) => dataSetName(folder, label));
}

/** A set of one part of a source in a task's folder. */
export interface SetOfPart {
  readonly name: string;
  readonly label: Label;
}

/** The sets that stand in the folder of this set and are written as it is (same source, same part), oldest first. */
export async function listSetsOfPart(target: BackupTarget, name: string): Promise<SetOfPart[]> {
  const own = parseSetName(name)!;
  const names =
    own.family === 'data' ? await dataSetsIn(target, folderOf(name)) : await listSetNames(target, folderOf(name));
  const sets = names.flatMap((one) => {
    const parts = parseSetName(one)!;
    return isSamePart(parts, own) ? [{ name: one, label: parts.label }] : [];
  });
  return sets.sort((one, other) => (one.label < other.label ? -1 : 1));
}

function isSamePart(one: ParsedName, other: ParsedName): boolean {
  return one.family === 'data' || other.family === 'data'
    ? one.family === other.family
    : one.writtenAs === other.writtenAs;
}

/** SHA-256 of the latest sound manifest before this set's among the sets of its part, for its own manifest; null for the first. */
export async function previousDigest(
  target: BackupTarget,
  name: string,
  sets: readonly SetOfPart[],
): Promise<string | null> {
  const { label } = parseSetName(name)!;
  const older = sets.filter((one) => one.label < label).reverse();
  for (const { name: before } of older) {
    const digest = await digestIfSound(target, before);
    if (digest !== undefined) return digest;
  }
  return null;
}

/** Undefined where there is no manifest that can be read: a snapshot by hand may be called like a label, too. */
async function digestIfSound(target: BackupTarget, name: string): Promise<string | undefined> {
  try {
    return await manifestDigest(target, name);
  } catch (error) {
    if (isKind(error, 'corrupt') || isKind(error, 'missing')) return undefined;
    throw error;
  }
}
