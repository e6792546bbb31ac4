import type { Control } from '../model/control';
import type { CopyTree } from '../model/copier';
import type { Prepared, SetTree } from '../model/data-source';
import type { HdfsSpec } from '../model/hdfs';
import type { Label } from '../model/label';
import type { Location } from '../model/target';
import type { Login } from '../servers/login';
import { openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import { adoptedOf, clearAdopted, setAdopted } from './hdfs-adopted';
import { forgetAll } from './hdfs-forget';
import { beforeName, isNamed } from './hdfs-names';
import { makeParents, removeParents } from './hdfs-parents';
import { findPlace } from './hdfs-restore-place';
import { namesIn, takeSnapshot } from './hdfs-snapshots';
import { bringBack, placesOf, putLive, takeBack } from './hdfs-swap';

/**
 * Puts trees in the place of directories, and brings back what was there: by renaming (hdfs-swap.ts) or, for a directory
 * that cannot be renamed (hdfs-restore-place.ts), by a snapshot of it; then the copier writes into the directory itself.
 */
export async function prepare(
  { login }: { readonly login: Login },
  { hdfs }: HdfsSpec,
  trees: readonly SetTree[],
  label: Label,
  control: Control,
): Promise<readonly Prepared[]> {
  const dfs = openWebHdfs(hdfs.nameNodes, login, control.signal);
  await clearAdopted(dfs, trees, label);
  const prepared: Prepared[] = [];
  for (const tree of trees) {
    const location = { uri: hdfs.uri + (await prepareOne(dfs, tree, label)) };
    prepared.push({ number: tree.number, location });
  }
  return prepared;
}

/** Returns the path that the copier writes to. */
async function prepareOne(dfs: WebHdfs, tree: SetTree, label: Label): Promise<string> {
  // Begun once more, perhaps after it was live already: what was there stays in use while it is copied.
  await takeBack(dfs, tree, label);
  const places = await placesOf(dfs, tree, label);
  if (places.isStaged) return places.stage;
  if ((await findPlace(dfs, tree)).how === 'snapshot') {
    await takeSnapshot(dfs, tree.to, beforeName(label));
    return tree.to;
  }
  await makeParents(dfs, tree, label);
  // Only cairn looks into it until it is whole; the copier gives it the owner and mode of the tree.
  await dfs.mkdirs(places.stage, '700');
  return places.stage;
}

export async function adopt(
  { login }: { readonly login: Login },
  { hdfs }: HdfsSpec,
  trees: readonly SetTree[],
  label: Label,
  control: Control,
): Promise<void> {
  const dfs = openWebHdfs(hdfs.nameNodes, login, control.signal);
  for (const tree of trees) {
    if ((await snapshotBefore(dfs, tree, label)) === undefined) await putLive(dfs, tree, label);
  }
  await setAdopted(dfs, trees, label, 'live');
}

/** See `DataSource.revert`. */
export async function revert(
  { login }: { readonly login: Login },
  { hdfs }: HdfsSpec,
  trees: readonly SetTree[],
  label: Label,
): Promise<readonly CopyTree[]> {
  const dfs = openWebHdfs(hdfs.nameNodes, login);
  if ((await adoptedOf(dfs, trees, label)) === 'forgetting') {
    await forgetAll(dfs, trees, label);
    return [];
  }
  await clearAdopted(dfs, trees, label);
  const copies: CopyTree[] = [];
  for (const tree of trees) {
    const snapshot = await snapshotBefore(dfs, tree, label);
    if (snapshot === undefined) await bringBack(dfs, tree, label);
    else copies.push({ from: at(hdfs, `${tree.to}/.snapshot/${snapshot}`), to: at(hdfs, tree.to) });
  }
  // Those of later trees may lie in those of earlier ones.
  for (const tree of [...trees].reverse()) await removeParents(dfs, tree, label);
  return copies;
}

/** See `DataSource.forget`. */
export async function forget(
  { login }: { readonly login: Login },
  { hdfs }: HdfsSpec,
  trees: readonly SetTree[],
  label: Label,
): Promise<void> {
  await forgetAll(openWebHdfs(hdfs.nameNodes, login), trees, label);
}

async function snapshotBefore(dfs: WebHdfs, { to }: SetTree, label: Label): Promise<string | undefined> {
  return (await namesIn(dfs, to)).find((snapshot) => isNamed(snapshot, beforeName(label)));
}

function at(hdfs: HdfsSpec['hdfs'], path: string): Location {
  return { uri: hdfs.uri + path };
}
