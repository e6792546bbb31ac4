import type { SetTree } from '../model/data-source';
import { isKind } from '../model/errors';
import type { Label } from '../model/label';
import type { WebHdfs } from '../servers/webhdfs';
import { labelOfBefore, parentOf, within } from './hdfs-names';
import { dropSnapshots } from './hdfs-snapshots';

/** Whose state it is that is kept aside: its name does not tell it, as it may have several of one restoration beside it. */
export async function markKept(dfs: WebHdfs, before: string, to: string): Promise<void> {
  await dfs.setXattr(before, mark, valueOf(to));
}

/** What is brought back is as it was. */
export async function unmarkKept(dfs: WebHdfs, before: string): Promise<void> {
  await dfs.removeXattr(before, mark);
}

const mark = 'trusted.cairn.before';

function valueOf(to: string): string {
  return `0x${Buffer.from(to).toString('hex')}`;
}

/** Drops what older restorations onto the same place kept and could not drop. */
export async function dropOlder(dfs: WebHdfs, { to }: SetTree, label: Label): Promise<void> {
  const isOlder = (name: string) => (labelOfBefore(name) ?? label) < label;
  for (const path of await hiddenBeside(dfs, to, isOlder)) {
    if ((await dfs.xattrsOf(path)).get(mark) === valueOf(to)) await dfs.remove(path);
  }
  await dropSnapshots(dfs, to, isOlder);
}

/** A directory is listed in the order of its names, so not to its end, which may be far. */
async function hiddenBeside(dfs: WebHdfs, to: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name } of dfs.list(parentOf(to))) {
      if (name > '.cairn-before_~') break;
      if (isWanted(name)) found.push(within(parentOf(to), name));
    }
  } catch (error) {
    if (!isKind(error, 'missing')) throw error;
  }
  return found;
}
