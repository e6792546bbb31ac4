import type { Label } from '../model/label';
import type { BackupTarget } from '../model/target';
import { folderOf, parseSetName, setOfManifest } from './layout';
import { manifestDigest } from './manifest';

export interface NamesPage {
  /** Only names after this one. */
  readonly after: string;
  /** At most so many. */
  readonly most: number;
}

/**
 * Names of the sets below a prefix, sorted. Memory grows with the page, not with the target: of all names that the
 * target tells, only the smallest `most` after `after` are kept.
 */
export async function listSetNames(
  target: BackupTarget,
  prefix: string,
  page: NamesPage = { after: '', most: Infinity },
): Promise<string[]> {
  let names: string[] = [];
  for await (const { name: object } of target.list(prefix)) {
    const name = setOfManifest(object);
    if (name === undefined || name <= page.after) continue;
    names.push(name);
    if (names.length > 2 * page.most) names = names.sort().slice(0, page.most);
  }
  return names.sort().slice(0, page.most);
}

/** A set of one part of a source in a task's folder. */
export interface SetOfPart {
  readonly name: string;
  readonly label: Label;
}

/** The sets that stand in the folder of this set and are written as it is (same source, same part), oldest first. */
export async function listSetsOfPart(target: BackupTarget, name: string): Promise<SetOfPart[]> {
  const { writtenAs } = parseSetName(name)!;
  const names = await listSetNames(target, folderOf(name));
  const sets = names.flatMap((one) => {
    const parts = parseSetName(one)!;
    return parts.writtenAs === writtenAs ? [{ name: one, label: parts.label }] : [];
  });
  return sets.sort((one, other) => (one.label < other.label ? -1 : 1));
}

/** SHA-256 of the manifest before this set's among the sets of its part, for its own manifest; null for the first. */
export async function previousDigest(
  target: BackupTarget,
  name: string,
  sets: readonly SetOfPart[],
): Promise<string | null> {
  const { label } = parseSetName(name)!;
  const latest = sets.filter((one) => one.label < label).at(-1);
  return latest === undefined ? null : await manifestDigest(target, latest.name);
}
