import { defaultTaskName, expectedSizes, type Found, sizeNotes } from '../model/default-task';
import { messageOf } from '../model/errors';
import { type MetadataKind, sourceKinds } from '../model/kinds';
import type { BackupTarget } from '../model/target';
import { folderOf, parseSetName, setOfArchive, setOfManifest } from '../sets/layout';
import type { BackUpStep } from './plan';
import type { Plugins } from './plugins';

/** A set that has just been made. */
export interface NewSet {
  readonly name: string;
  readonly archiveBytes: number;
  /** Names of the sets that go, because newer ones are kept. */
  readonly surplus: readonly string[];
}

/**
 * What a person should know of the sizes of a default task's sets, in words; of any other task nothing. It is but a note:
 * never an error.
 */
export async function notesOfSizes(
  plugins: Plugins,
  { cluster, task, source, target: { kind } }: BackUpStep,
  target: BackupTarget,
  set: NewSet,
): Promise<string[]> {
  const facts = plugins.facts(cluster);
  const expected = task === defaultTaskName(facts) ? expectedSizes(facts, source) : undefined;
  if (expected === undefined) return [];
  const found: Found = { source, archiveBytes: set.archiveBytes };
  if (kind !== 'localDir') return sizeNotes(expected, found);
  try {
    return sizeNotes(expected, { ...found, localBytes: await keptBytes(target, source, set) });
  } catch (error) {
    return [...sizeNotes(expected, found), `what its sets take could not be looked at: ${messageOf(error)}`];
  }
}

/** Bytes of the sets of this source in the folder of the task, of all its parts, but for those that go. */
async function keptBytes(target: BackupTarget, source: MetadataKind, { name, surplus }: NewSet): Promise<number> {
  const goes = new Set(surplus);
  let bytes = 0;
  for await (const stored of target.list(folderOf(name))) {
    const set = setOfArchive(stored.name) ?? setOfManifest(stored.name);
    if (set !== undefined && !goes.has(set) && isOf(set, source)) bytes += stored.bytes;
  }
  return bytes;
}

/** Sets of a source with several parts are written `NameNode-ns2`. */
function isOf(set: string, source: MetadataKind): boolean {
  const parts = parseSetName(set);
  return parts?.family === 'metadata' && parts.writtenAs.split('-')[0] === sourceKinds[source].label;
}
