import { BackupError, isKind } from '../model/errors';
import type { ManifestTree } from '../model/manifest';
import type { TargetSnapshots } from '../model/target';
import type { TreeReader } from '../model/tree';
import { compareTree, type Comparison } from './compare-tree';
import { mapInOrder } from './in-order';
import { dataNames, type DataNames } from './layout';
import { readDataManifest } from './manifest';
import { notingDamage, type Verifying } from './problems';
import { readStoredIndex, type IndexLine } from './tree-index';
import { problemOfFile } from './verify-file';

/** Files that are read at the same time. */
const filesAtOnce = 4;

/** A set of service data: each tree in its snapshot against the index, and its files byte for byte. */
export async function verifyTrees(verifying: Verifying): Promise<void> {
  const { target, name, control } = verifying;
  const { trees, totals } = await readDataManifest(target, name);
  const totalled = { totalFiles: totals.files, totalBytes: totals.bytes };
  const report: typeof control.report = (progress) => control.report({ ...progress, ...totalled });
  const names = dataNames(name);
  const run = {
    ...verifying,
    control: { ...control, report },
    names,
    snapshots: snapshotsOf(verifying),
    done: nothingDone(),
  };
  for (const tree of trees) await notingDamage(verifying.note, () => verifyTree(run, tree));
}

interface Run extends Verifying {
  readonly names: DataNames;
  readonly snapshots: TargetSnapshots;
  /** Of all trees together. */
  readonly done: Done;
}

type Done = { files: number; bytes: number };

function nothingDone(): Done {
  return { files: 0, bytes: 0 };
}

function snapshotsOf({ target, name }: Verifying): TargetSnapshots {
  if (target.snapshots !== undefined) return target.snapshots;
  throw new BackupError('unsupported', `${name} is a set in a snapshot, but its target has none`);
}

async function verifyTree(run: Run, tree: ManifestTree): Promise<void> {
  await checkSegments(run, tree);
  const { names } = run;
  const reader = run.snapshots.read(names.folder, names.snapshot, names.tree(tree.number));
  await checkStructure(run, tree, reader);
  if (run.level === 'content') await checkContent(run, tree, reader);
}

/** All that are gone are told; without them the tree cannot be compared. */
async function checkSegments({ target, names, note }: Run, { path, index }: ManifestTree): Promise<void> {
  let lacking = 0;
  for (const { sha256, bytes } of index) {
    const stored = await target.stat(names.index(sha256));
    if (stored?.bytes === bytes) continue;
    lacking += 1;
    note(
      stored === undefined
        ? `the index ${names.index(sha256)} is not there any more`
        : `the index ${names.index(sha256)} has ${stored.bytes} bytes instead of ${bytes}`,
    );
  }
  if (lacking > 0) throw new BackupError('corrupt', `the copy of ${path} cannot be compared without its whole index`);
}

async function checkStructure(run: Run, tree: ManifestTree, reader: TreeReader): Promise<void> {
  const { control, level, note, done } = run;
  const before = { ...done };
  const report: typeof control.report = ({ files = 0, bytes = 0 }) => {
    if (level === 'structure') control.report({ files: before.files + files, bytes: before.bytes + bytes });
  };
  const comparison = await compared(run, tree, reader, report);
  for (const difference of comparison.differences) note(`in the copy of ${tree.path}: ${difference}`);
  const untold = comparison.differing - comparison.differences.length;
  if (untold > 0) note(`in the copy of ${tree.path}: ${untold} more entries differ`);
  for (const count of ['files', 'directories', 'bytes'] as const) {
    if (comparison[count] !== tree[count])
      note(`the index of ${tree.path} tells of ${comparison[count]} ${count} instead of ${tree[count]}`);
  }
  if (level === 'structure') Object.assign(done, { files: done.files + tree.files, bytes: done.bytes + tree.bytes });
}

async function compared(
  run: Run,
  tree: ManifestTree,
  reader: TreeReader,
  report: Run['control']['report'],
): Promise<Comparison> {
  try {
    return await compareTree(indexOf(run, tree), reader, { ...run.control, report }, { checksums: false });
  } catch (error) {
    if (!isKind(error, 'missing')) throw error;
    throw new BackupError('corrupt', `the copy of ${tree.path} is not there any more`, {}, { cause: error });
  }
}

async function checkContent(run: Run, tree: ManifestTree, reader: TreeReader): Promise<void> {
  const { note, control, done } = run;
  const count = (bytes: number) => {
    run.count(bytes);
    done.bytes += bytes;
    control.report({ ...done });
  };
  const problems = mapInOrder(filesOf(indexOf(run, tree)), filesAtOnce, (file) =>
    problemOfFile(reader, file, control.signal, count),
  );
  for await (const problem of problems) {
    if (problem !== undefined) note(`in the copy of ${tree.path}: ${problem}`);
    done.files += 1;
    control.report({ ...done });
  }
}

function indexOf({ target, names }: Run, { index }: ManifestTree): AsyncGenerator<IndexLine> {
  return readStoredIndex(target, (sha256) => names.index(sha256), index);
}

async function* filesOf(lines: AsyncIterable<IndexLine>): AsyncGenerator<IndexLine> {
  for await (const line of lines) if (line.type === 'file') yield line;
}
