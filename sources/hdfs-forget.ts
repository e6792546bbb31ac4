import type { SetTree } from '../model/data-source';
import { BackupError, isKind, messageOf } from '../model/errors';
import type { Label } from '../model/label';
import type { WebHdfs } from '../servers/webhdfs';
import { adoptedOf, clearAdopted, setAdopted } from './hdfs-adopted';
import { dropOlder } from './hdfs-leftovers';
import { beforeName, beside, isNamed } from './hdfs-names';
import { forgetParents } from './hdfs-parents';
import { dropSnapshots, namesIn } from './hdfs-snapshots';
import { placesOf } from './hdfs-swap';

/** See `DataSource.forget`. */
export async function forgetAll(dfs: WebHdfs, trees: readonly SetTree[], label: Label): Promise<void> {
  try {
    for (const tree of trees) await refuseLast(dfs, tree, label);
    await dropAll(dfs, trees, label);
  } catch (error) {
    if (isKind(error, 'precondition')) throw error;
    throw await stillKept(dfs, trees, label, error);
  }
  await tellOthers(dfs, trees, label);
}

async function dropAll(dfs: WebHdfs, trees: readonly SetTree[], label: Label): Promise<void> {
  const isLive = (await adoptedOf(dfs, trees, label)) !== undefined;
  if (isLive) await setAdopted(dfs, trees, label, 'forgetting');
  for (const tree of trees) {
    const { stage, before } = beside(tree.to, label, tree.number);
    await dfs.remove(stage);
    await dfs.remove(before);
    await dropSnapshots(dfs, tree.to, (snapshot) => isNamed(snapshot, beforeName(label)));
  }
  if (isLive) for (const tree of trees) await dropOlder(dfs, tree, label);
  for (const tree of trees) await forgetParents(dfs, tree, label);
  await clearAdopted(dfs, trees, label);
}

async function refuseLast(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  const { before, isThere, wasThere } = await placesOf(dfs, tree, label);
  if (!wasThere || isThere) return;
  throw new BackupError('precondition', `${before} is kept: it is all that there is of ${tree.to}`, {
    hint: `the restoration ${label} was neither finished nor reverted: rename it back by hand`,
  });
}

const mostNamed = 5;

/** It may take as much room as the data itself, so people must learn of it. */
async function stillKept(dfs: WebHdfs, trees: readonly SetTree[], label: Label, cause: unknown): Promise<BackupError> {
  const kept = await keptIn(dfs, trees, label).catch(() => trees.map((tree) => mayBeKept(tree, label)));
  const { kind, what } = cause instanceof BackupError ? cause : new BackupError('unavailable', messageOf(cause));
  if (kept.length === 0) return new BackupError(kind, what, {}, { cause });
  const named =
    kept.slice(0, mostNamed).join(', ') + (kept.length > mostNamed ? ` and ${kept.length - mostNamed} more` : '');
  return new BackupError(
    kind,
    `${what}; still kept of the state before: ${named}`,
    { hint: `${byHand}; the next successful restoration to the same place removes it, too` },
    { cause },
  );
}

const byHand =
  'when nobody needs it, remove it by hand with `hdfs dfs -rm -r -skipTrash` or, a snapshot, with `hdfs dfs -deleteSnapshot`';

async function keptIn(dfs: WebHdfs, trees: readonly SetTree[], label: Label): Promise<string[]> {
  const found: string[] = [];
  for (const tree of trees) {
    const { before, isKept } = await placesOf(dfs, tree, label);
    if (isKept) found.push(before);
    const snapshots = (await namesIn(dfs, tree.to)).filter((name) => isNamed(name, beforeName(label)));
    found.push(...snapshots.map((name) => `snapshot ${name} of ${tree.to}`));
  }
  return found;
}

/** HDFS does not even answer what is there. */
function mayBeKept({ to, number }: SetTree, label: Label): string {
  return `${beside(to, label, number).before} or snapshot ${beforeName(label)} of ${to}`;
}

/** What is there in a place of which nobody knows what it holds is never removed. */
async function tellOthers(dfs: WebHdfs, trees: readonly SetTree[], label: Label): Promise<void> {
  const found: string[] = [];
  for (const { to, number } of trees) {
    const { other } = beside(to, label, number);
    if ((await dfs.status(other)) !== undefined) found.push(`${other} is what somebody else made of ${to} meanwhile`);
  }
  if (found.length === 0) return;
  throw new BackupError('conflict', `all else is done, but ${found.join('; ')}`, {
    hint: 'take from it what is needed, then remove it; cairn never does',
  });
}
