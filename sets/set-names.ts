import type { BackupTarget } from '../model/target';
import { parseSetName, setOfManifest } from './layout';
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

/** SHA-256 of the manifest before this set's in its folder and part, for its own manifest; null for the first. */
export async function previousDigest(target: BackupTarget, name: string): Promise<string | null> {
  const own = parseSetName(name)!;
  const folder = name.slice(0, name.lastIndexOf('/'));
  const before = (await listSetNames(target, folder)).filter((other) => {
    const parts = parseSetName(other)!;
    return parts.writtenAs === own.writtenAs && parts.label < own.label;
  });
  const latest = before.sort((one, other) => (parseSetName(one)!.label < parseSetName(other)!.label ? -1 : 1)).at(-1);
  return latest === undefined ? null : await manifestDigest(target, latest);
}
