import type { Control } from '../model/control';
import type { CopyTree } from '../model/copier';
import type { Prepared, SetTree } from '../model/data-source';
import { BackupError } from '../model/errors';
import type { HdfsSpec } from '../model/hdfs';
import type { Label } from '../model/label';
import type { Location } from '../model/target';
import type { Login } from '../servers/login';
import { openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import { beforeName, beside, type Beside, isNamed } from './hdfs-names';
import { forgetParents, makeParents, removeParents } from './hdfs-parents';
import { findPlace } from './hdfs-restore-place';
import { dropSnapshots, namesIn, takeSnapshot } from './hdfs-snapshots';

/**
 * Puts trees in the place of directories (D), and brings back what was there. What is kept and made for a restoration
 * lies beside D (hdfs-names.ts); for a D that cannot be renamed (hdfs-restore-place.ts), in a snapshot of it, and the copier
 * writes into D itself.
 *
 * Each step is one request. Without such a snapshot, after a kill at any point it is one of these (before: what D was,
 * or a file that says that there was none):
 *
 *   before  stage  D     how it came                           adopt                 revert
 *   –       –      any   nothing done, or reverted             refused               nothing
 *   –       yes    any   prepared                              keep D, put stage     drop stage
 *   yes     yes    –     killed between keeping and putting    put stage             drop stage, bring back
 *   yes     –      yes   adopted                               nothing               drop D, bring back
 *   yes     –      –     killed while bringing back            refused               bring back
 *   yes     yes    yes   somebody else made a D                drop it, put stage    drop both, bring back
 */
export async function prepare(
  { login }: { readonly login: Login },
  { hdfs }: HdfsSpec,
  trees: readonly SetTree[],
  label: Label,
  control: Control,
): Promise<readonly Prepared[]> {
  const dfs = openWebHdfs(hdfs.nameNodes, login, control.signal);
  const prepared: Prepared[] = [];
  for (const tree of trees) {
    const location = { uri: hdfs.uri + (await prepareOne(dfs, tree, label)) };
    prepared.push({ number: tree.number, location });
  }
  return prepared;
}

/** Returns the path that the copier writes to. */
async function prepareOne(dfs: WebHdfs, tree: SetTree, label: Label): Promise<string> {
  const places = await placesOf(dfs, tree, label);
  if (places.isStaged) return places.stage;
  if (!places.isKept && (await findPlace(dfs, tree)).how === 'snapshot') {
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
  for (const tree of trees) await adoptOne(dfs, tree, label);
}

async function adoptOne(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  if ((await snapshotBefore(dfs, tree, label)) !== undefined) return;
  const { to } = tree;
  const { stage, before, isStaged, isKept, isThere } = await placesOf(dfs, tree, label);
  if (!isStaged && isKept && isThere) return;
  if (!isStaged) throw new BackupError('precondition', `nothing was prepared for ${to} by the restoration ${label}`);
  if (isKept && isThere) await dfs.remove(to);
  // `rename` would move a directory into another one that is there; `replace` refuses that.
  else if (isThere) await dfs.replace(to, before);
  else if (!isKept) await dfs.create(before, Buffer.from('there was nothing\n'), { overwrite: true });
  await dfs.replace(stage, to);
}

/** See `DataSource.revert`. */
export async function revert(
  { login }: { readonly login: Login },
  { hdfs }: HdfsSpec,
  trees: readonly SetTree[],
  label: Label,
): Promise<readonly CopyTree[]> {
  const dfs = openWebHdfs(hdfs.nameNodes, login);
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

async function bringBack(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  const { stage, before, isKept, isThere, wasThere } = await placesOf(dfs, tree, label);
  if (isKept && isThere) {
    // Gone at once: what is half removed must not be what people find.
    await dfs.remove(stage);
    await dfs.replace(tree.to, stage);
  }
  if (wasThere) await dfs.replace(before, tree.to);
  await dfs.remove(stage);
  if (!wasThere) await dfs.remove(before);
}

/** See `DataSource.forget`. */
export async function forget(
  { login }: { readonly login: Login },
  { hdfs }: HdfsSpec,
  trees: readonly SetTree[],
  label: Label,
): Promise<void> {
  const dfs = openWebHdfs(hdfs.nameNodes, login);
  for (const tree of trees) {
    const { stage, before, isThere, wasThere } = await placesOf(dfs, tree, label);
    if (wasThere && !isThere) {
      throw new BackupError('precondition', `${before} is kept: it is all that there is of ${tree.to}`, {
        hint: `the restoration ${label} was neither finished nor reverted: rename it back by hand`,
      });
    }
    await dfs.remove(stage);
    await dfs.remove(before);
    await dropSnapshots(dfs, tree.to, (snapshot) => isNamed(snapshot, beforeName(label)));
  }
  for (const tree of trees) await forgetParents(dfs, tree, label);
}

/** What there is of a restoration, beside a D that can be renamed. */
interface Places extends Beside {
  readonly isStaged: boolean;
  readonly isKept: boolean;
  /** Of what is kept: it is a directory, not the word that there was none. */
  readonly wasThere: boolean;
  readonly isThere: boolean;
}

async function placesOf(dfs: WebHdfs, { to, number }: SetTree, label: Label): Promise<Places> {
  const places = beside(to, label, number);
  const kept = await dfs.status(places.before);
  return {
    ...places,
    isStaged: (await dfs.status(places.stage)) !== undefined,
    isKept: kept !== undefined,
    wasThere: kept?.type === 'directory',
    isThere: (await dfs.status(to)) !== undefined,
  };
}

async function snapshotBefore(dfs: WebHdfs, { to }: SetTree, label: Label): Promise<string | undefined> {
  return (await namesIn(dfs, to)).find((snapshot) => isNamed(snapshot, beforeName(label)));
}

function at(hdfs: HdfsSpec['hdfs'], path: string): Location {
  return { uri: hdfs.uri + path };
}
