import type { SetTree } from '../model/data-source';
import type { Label } from '../model/label';
import type { WebHdfs } from '../servers/webhdfs';
import { hiddenIn, parentOf, within } from './hdfs-names';
import { nearestAbove } from './hdfs-restore-place';

/**
 * Directories above a place that are missing. They are made aside and put there in one step, the topmost with a mark
 * that names the restoration: so `removeParents` takes no directory for one of ours that is somebody else's.
 */
export async function makeParents(dfs: WebHdfs, { to, number }: SetTree, label: Label): Promise<void> {
  const [parent, above] = [parentOf(to), await nearestAbove(dfs, to)];
  if (parent === above) return;
  const top = within(above, parent.slice(above === '/' ? 1 : above.length + 1).split('/', 1)[0]!);
  const hidden = hiddenIn(above, 'parents', label, number);
  await dfs.mkdirs(hidden + parent.slice(top.length));
  await dfs.setXattr(hidden, mark, valueOf(label));
  await dfs.replace(hidden, top);
}

/** Removes them again, those that are empty. */
export async function removeParents(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  await removeHalfMade(dfs, tree, label);
  const top = await topMade(dfs, tree.to, label);
  if (top === undefined) return;
  for (let path = parentOf(tree.to); path.length >= top.length; path = parentOf(path)) {
    if ((await dfs.status(path)) === undefined) continue;
    if (!(await isEmpty(dfs, path))) return;
    await dfs.remove(path);
  }
}

/** From now on they are people's own. */
export async function forgetParents(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  await removeHalfMade(dfs, tree, label);
  const top = await topMade(dfs, tree.to, label);
  if (top !== undefined) await dfs.removeXattr(top, mark);
}

const mark = 'trusted.cairn.made';

function valueOf(label: Label): string {
  return `0x${Buffer.from(label).toString('hex')}`;
}

async function removeHalfMade(dfs: WebHdfs, { to, number }: SetTree, label: Label): Promise<void> {
  await dfs.remove(hiddenIn(await nearestAbove(dfs, to), 'parents', label, number));
}

/** The topmost directory above a place that was made for this restoration. */
async function topMade(dfs: WebHdfs, to: string, label: Label): Promise<string | undefined> {
  for (let path = await nearestAbove(dfs, to); path !== '/'; path = parentOf(path)) {
    if ((await dfs.xattrsOf(path)).get(mark) === valueOf(label)) return path;
  }
  return undefined;
}

async function isEmpty(dfs: WebHdfs, path: string): Promise<boolean> {
  for await (const _ of dfs.list(path)) return false;
  return true;
}
