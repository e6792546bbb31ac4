import type { SetTree } from '../model/data-source';
import { BackupError, isKind } from '../model/errors';
import type { Label } from '../model/label';
import type { WebHdfs } from '../servers/webhdfs';
import { beside, type Beside } from './hdfs-names';
import { markKept, unmarkKept } from './hdfs-leftovers';

/**
 * Puts a tree in the place of a directory (D) by renaming, and brings back what was there. What is kept and made for
 * that lies beside D (hdfs-names.ts).
 *
 * Each step is one request, and is chosen by looking. After a kill at any point it is one of these (before: what D was,
 * or a file that says that there was none):
 *
 *   before  stage  D     how it came                           put live              take back
 *   –       –      any   nothing done, or brought back         refused               nothing
 *   –       yes    any   prepared                              keep D, put stage     drop stage
 *   yes     yes    –     killed between keeping and putting    put stage             bring back, drop stage
 *   yes     –      yes   live                                  nothing               D to stage, bring back, drop stage
 *   yes     –      –     somebody else removed it              refused               bring back
 *   yes     yes    yes   somebody else made a D                D to other, put stage D to other, bring back, drop stage
 *
 * Two attempts at once come to the same end: a rename fails when it was done already, or when anything is in its way;
 * then one looks again.
 */
export interface Places extends Beside {
  readonly isStaged: boolean;
  readonly isKept: boolean;
  /** Of what is kept: it is a directory, not the word that there was none. */
  readonly wasThere: boolean;
  readonly isThere: boolean;
}

/**
 * In this order: while there still is a stage, a D that was seen after what is kept is neither what was kept nor what is
 * put, whatever another attempt does meanwhile.
 */
export async function placesOf(dfs: WebHdfs, { to, number }: SetTree, label: Label): Promise<Places> {
  const places = beside(to, label, number);
  const kept = await dfs.status(places.before);
  const isThere = (await dfs.status(to)) !== undefined;
  const isStaged = (await dfs.status(places.stage)) !== undefined;
  return { ...places, isStaged, isKept: kept !== undefined, wasThere: kept?.type === 'directory', isThere };
}

/** `precondition` when nothing was prepared. */
export async function putLive(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  await stepByStep(async () => putStep(dfs, tree.to, await placesOf(dfs, tree, label)));
  // Looked at once more: only what was seen since the stage is gone is the end of it.
  const { isKept, isThere } = await placesOf(dfs, tree, label);
  if (isKept && isThere) return;
  throw new BackupError('precondition', `nothing was prepared for ${tree.to} by the restoration ${label}`);
}

function putStep(dfs: WebHdfs, to: string, { stage, before, other, isStaged, isKept, isThere }: Places): Step {
  if (!isStaged) return undefined;
  if (isThere) return isKept ? () => aside(dfs, to, other, stage) : () => dfs.move(to, before);
  if (!isKept) return () => dfs.create(before, Buffer.from('there was nothing\n'));
  return async () => {
    await markKept(dfs, before, to);
    await dfs.move(stage, to);
  };
}

/** D is what it was; what was put live is the stage again. */
export async function takeBack(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  await stepByStep(async () => takeBackStep(dfs, tree.to, await placesOf(dfs, tree, label)));
}

function takeBackStep(dfs: WebHdfs, to: string, places: Places): Step {
  const { stage, before, other, isStaged, isKept, wasThere, isThere } = places;
  if (!isKept) return undefined;
  if (isThere) return () => aside(dfs, to, isStaged ? other : stage, before);
  if (!wasThere) return () => dfs.remove(before);
  return async () => {
    await unmarkKept(dfs, before);
    await dfs.move(before, to);
  };
}

/** D is what it was, and nothing else is left. */
export async function bringBack(dfs: WebHdfs, tree: SetTree, label: Label): Promise<void> {
  await takeBack(dfs, tree, label);
  await dfs.remove(beside(tree.to, label, tree.number).stage);
}

/** Where the witness is gone by then, another attempt was first, and D is what it has put there. */
async function aside(dfs: WebHdfs, to: string, away: string, witness: string): Promise<void> {
  await dfs.move(to, away);
  if ((await dfs.status(witness)) === undefined) await dfs.move(away, to);
}

/** Undefined: it is done. */
type Step = (() => Promise<void>) | undefined;

const mostFailures = 5;

async function stepByStep(next: () => Promise<Step>): Promise<void> {
  let failures = 0;
  for (let step = await next(); step !== undefined; step = await next()) {
    try {
      await step();
    } catch (error) {
      failures += 1;
      if (failures === mostFailures || !(isKind(error, 'missing') || isKind(error, 'conflict'))) throw error;
    }
  }
}
