import type { HdfsEntry } from '../model/hdfs-schema';
import type { CopyTree } from '../model/copier';
import type { Frozen } from '../model/data-source';
import { BackupError, isKind } from '../model/errors';
import { mostDirectories } from '../model/hdfs-rows';
import type { Location } from '../model/target';
import type { DataNames } from '../sets/layout';
import type { BackUpDataStep, DataTarget } from './data-step';

/** What is copied where: of a frozen view all its trees; of each only what changed since an older view, where those are named. */
export function treesTo(
  { target }: DataTarget,
  names: DataNames,
  { trees }: Frozen,
  views: readonly string[] = [],
): CopyTree[] {
  return trees.map(({ location }, number) => {
    const since = views[number];
    return { from: location, to: locationOf({ target }, names, number), ...(since !== undefined && { since }) };
  });
}

function locationOf({ target }: Pick<DataTarget, 'target'>, names: DataNames, number: number): Location {
  const location = target.locate?.(`${names.folder}/${names.tree(number)}`);
  if (location !== undefined) return location;
  throw new BackupError('unsupported', 'no copier can write to this target');
}

/** Also on a host that does not know what was frozen: the places that a run of this entry writes to. */
export async function treesOf(
  opened: DataTarget,
  names: DataNames,
  frozen: Frozen | undefined,
  step: BackUpDataStep,
): Promise<CopyTree[]> {
  if (frozen !== undefined) return treesTo(opened, names, frozen);
  const paths = await takenBy(opened, names, step);
  const trees = paths.map((path, number) => ({ path, location: locationOf(opened, names, number) }));
  return treesTo(opened, names, { trees, facts: {}, notes: [] });
}

/** Of a run whose rows had matched nobody knows what: as many as have been copied to the target. */
async function takenBy(opened: DataTarget, names: DataNames, { entry, paths }: BackUpDataStep) {
  if (paths !== undefined) return paths;
  const { paths: named = [], rows }: Partial<HdfsEntry> = entry.source === 'hdfs' ? entry : {};
  if (rows === undefined) return named;
  const there: string[] = [];
  while (there.length < mostDirectories && (await isThere(opened, names, there.length))) there.push(`${there.length}`);
  return there;
}

async function isThere({ snapshots }: DataTarget, names: DataNames, number: number): Promise<boolean> {
  try {
    for await (const _ of snapshots.read(names.folder, undefined, names.tree(number)).list()) return true;
  } catch (error) {
    if (!isKind(error, 'missing')) throw error;
  }
  return false;
}
