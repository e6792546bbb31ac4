import { createHash } from 'node:crypto';
import type { SetTree } from '../model/data-source';
import { isKind } from '../model/errors';
import type { Label } from '../model/label';
import type { WebHdfs } from '../servers/webhdfs';
import { parentOf } from './hdfs-names';

/**
 * How far a restoration of several trees has come as a whole: `live` when all are, `forgetting` from before the first of
 * what they kept is removed. A mark on the directory that holds the place of the first tree; none before and after that.
 */
export type Adopted = 'live' | 'forgetting';

export async function adoptedOf(dfs: WebHdfs, trees: readonly SetTree[], label: Label): Promise<Adopted | undefined> {
  const value = await valueAt(dfs, trees);
  return (['live', 'forgetting'] as const).find((adopted) => value === valueOf(adopted, label));
}

export async function setAdopted(
  dfs: WebHdfs,
  trees: readonly SetTree[],
  label: Label,
  adopted: Adopted,
): Promise<void> {
  const [first] = trees;
  if (first !== undefined) await dfs.setXattr(parentOf(first.to), markOf(first), valueOf(adopted, label));
}

/** Only a mark of this restoration. */
export async function clearAdopted(dfs: WebHdfs, trees: readonly SetTree[], label: Label): Promise<void> {
  if ((await adoptedOf(dfs, trees, label)) !== undefined)
    await dfs.removeXattr(parentOf(trees[0]!.to), markOf(trees[0]!));
}

async function valueAt(dfs: WebHdfs, [first]: readonly SetTree[]): Promise<string | undefined> {
  if (first === undefined) return undefined;
  try {
    return (await dfs.xattrsOf(parentOf(first.to))).get(markOf(first));
  } catch (error) {
    if (isKind(error, 'missing')) return undefined;
    throw error;
  }
}

function markOf({ to }: SetTree): string {
  const name = to.slice(to.lastIndexOf('/') + 1);
  return `trusted.cairn.adopted.${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

function valueOf(adopted: Adopted, label: Label): string {
  return `0x${Buffer.from(`${label} ${adopted}`).toString('hex')}`;
}
