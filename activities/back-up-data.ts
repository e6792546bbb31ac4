import { BackupError, isKind } from '../model/errors';
import { type Copied, type CopyLimits, type CopyTree, limitsOf } from '../model/copier';
import type { Frozen } from '../model/data-source';
import { labelPattern } from '../model/label';
import type { IndexSegment } from '../model/manifest';
import { fullInstead } from '../model/policy';
import { setsToPrune } from '../model/retention';
import type { PartResult } from '../model/run';
import { compareTree } from '../sets/compare-tree';
import type { DataNames } from '../sets/layout';
import { indexLines } from '../sets/list-tree';
import {
  clearCutOffPuts,
  commitDataSet,
  discardOthers,
  discardUncommitted,
  freezeTarget,
  standForViews,
} from '../sets/commit-data';
import { readDataManifest } from '../sets/manifest';
import { listSetsOfPart } from '../sets/set-names';
import { readSpooledIndex, writeIndex } from '../sets/tree-index';
import { underControl } from './control';
import { dataManifestOf, dataResult } from './data-manifest';
import {
  type BackUpDataStep,
  clearCopy,
  copierFor,
  copyOf,
  copyParts,
  type DataTarget,
  doAll,
  freezeIdOf,
  namesOfRun,
  onDataTarget,
  openSourceOf,
  type SomeParts,
  spoolKeyOf,
  toldOf,
} from './data-step';
import { type Building, chooseBase } from './choose-base';
import { treesOf, treesTo } from './copied-trees';
import { refuseForeignFolder, refuseForeignOwner } from './foreign-sets';
import type { Plugins } from './plugins';
import { spoolFolder, type SpoolFolder } from './spool-folder';

export type BackUpDataActivities = ReturnType<typeof createBackUpDataActivities>;

/** What a freeze answers: the set when it stands already, else how many parts the copy has. */
export interface Freezing {
  readonly standing?: PartResult;
  readonly parts: number;
  readonly notes: readonly string[];
}

/** What copying once more is for: the first time something differed. */
export interface CopyAgain {
  readonly again: boolean;
}

/** The steps of a set of service data, on the host that holds its spool. Each may be repeated; none goes on from memory. */
export function createBackUpDataActivities(plugins: Plugins) {
  return {
    /** Checks, freezes the source, makes the target ready. When the set of this run stands already, that is the answer. */
    async freezeData(step: BackUpDataStep): Promise<Freezing> {
      return await underControl({ ...toldOf(step), phase: 'freezing' }, step.run, (control) =>
        onDataTarget(plugins, step, async (opened) => {
          const names = namesOfRun(opened, step);
          const standing = await findCommitted(opened, names, step);
          if (standing !== undefined) return { standing, parts: 0, notes: [] };
          const { source, spec } = openSourceOf(plugins, step);
          await refuseForeignFolder(opened.target, names.name, step.cluster);
          await source.checkBackUp(spec, opened.target.locate?.(names.folder));
          await planFor(plugins, step, await treesOf(opened, names, undefined, step));
          await discardOthers(opened.snapshots, names);
          const begin = new Date().toISOString();
          const stood = (await opened.snapshots.folders('')).includes(names.folder);
          const frozen = await source.freeze(spec, freezeIdOf(step), control);
          const spool = await spoolOf(plugins, step);
          const before = await spool.read<FrozenNote>('frozen').catch(() => undefined);
          const changes = await changedByOthers(opened, names);
          const { building, notes: why } = await chooseBase(plugins, opened, names, step, frozen, changes.names);
          const note: FrozenNote = { begin, frozen, stood: before?.stood ?? stood, ...(building && { building }) };
          await spool.write('frozen', note);
          const { parts } = await planFor(plugins, step, treesTo(opened, names, frozen));
          await opened.snapshots.open(names.folder);
          return { parts, notes: [...frozen.notes, ...changes.notes, ...why] };
        }),
      );
    },

    /** Lists the frozen trees with their checksums: what must arrive. */
    async listData(step: BackUpDataStep): Promise<void> {
      await underControl({ ...toldOf(step), phase: 'listing' }, step.run, async (control) => {
        const spool = await spoolOf(plugins, step);
        const { frozen } = await spool.read<FrozenNote>('frozen');
        const { source, spec } = openSourceOf(plugins, step);
        const trees: ListedTree[] = [];
        for (const [number, tree] of frozen.trees.entries()) {
          const lines = indexLines(source.read(spec, tree.location), control);
          trees.push({ number, path: tree.path, ...(await writeIndex(lines, await spool.fresh(`index-${number}`))) });
        }
        await spool.write('listed', trees);
      });
    },

    /** Copies some parts, one after the other. */
    async copyData(step: BackUpDataStep & CopyAgain & SomeParts): Promise<readonly Copied[]> {
      const { parts, among } = step;
      return await underControl({ ...toldOf(step), phase: 'copying', among }, step.run, (control) =>
        onDataTarget(plugins, step, async (opened) => {
          const spool = await spoolOf(plugins, step);
          const { frozen, building } = await spool.read<FrozenNote>('frozen');
          await spool.write('copying', {});
          const names = namesOfRun(opened, step);
          const views = step.again ? [] : (building?.views ?? []);
          await standForViews(opened.snapshots, names, new Set(views));
          const copy = copyOf(step, suffix(step), treesTo(opened, names, frozen, views), limitsIn(step));
          const listed = await spool.read<ListedTree[]>('listed');
          const copier = copierFor(plugins, step.cluster, copy);
          const copied = await copyParts(copier, copy, parts, (part) => listed[part]!, control);
          await noteWhole(spool, step, copied);
          return copied;
        }),
      );
    },

    /**
     * Freezes the target under a name that makes no set of it, and compares what lies there with what was listed. Answers
     * whether it is the same; when it is copied again already, `corrupt` says what differs.
     */
    async compareData(step: BackUpDataStep & CopyAgain): Promise<boolean> {
      return await underControl({ ...toldOf(step), phase: 'comparing' }, step.run, (control) =>
        onDataTarget(plugins, step, async (opened) => {
          const spool = await spoolOf(plugins, step);
          const names = namesOfRun(opened, step);
          const listed = await spool.read<ListedTree[]>('listed');
          await dropSurplusTrees(opened, names, listed.length);
          await freezeTarget(opened.snapshots, names);
          const compared: ComparedNote = { end: new Date().toISOString(), unverified: [] };
          for (const tree of listed) {
            const index = readSpooledIndex(spool.at(`index-${tree.number}`), tree.index);
            const found = opened.snapshots.read(names.folder, names.unfinished, names.tree(tree.number));
            const { differing, differences, unverified } = await compareTree(index, found, control);
            if (differing > 0 && !step.again) return false;
            if (differing > 0) throw arrivedDifferent(tree.path, differing, differences);
            compared.unverified.push(unverified);
          }
          await spool.write('compared', compared);
          return true;
        }),
      );
    },

    /** Makes the set; answers it, and the names of those beyond the copies that are kept, oldest first. */
    async commitData(step: BackUpDataStep): Promise<{ result: PartResult; surplus: readonly string[] }> {
      return await underControl({ ...toldOf(step), phase: 'committing' }, step.run, () =>
        onDataTarget(plugins, step, async (opened) => {
          const names = namesOfRun(opened, step);
          const result =
            (await findCommitted(opened, names, step)) ??
            (await commit(opened, names, await spoolOf(plugins, step), step).catch(async (error: unknown) => {
              // Another attempt of this step, taken for dead, may have made the set meanwhile.
              const made = await findCommitted(opened, names, step);
              if (made === undefined) throw error;
              return made;
            }));
          const sets = await listSetsOfPart(opened.target, names.name);
          return { result, surplus: setsToPrune(sets, step.copies, new Set([names.name])) };
        }),
      );
    },

    /**
     * Ends a run on this host, however it went: nothing of its copy runs any more, no half-made set is left, the source
     * is released but for the recovery points of successful runs. Safe to repeat, also where nothing of it is known.
     */
    async releaseData(step: BackUpDataStep): Promise<void> {
      await underControl(undefined, undefined, () =>
        onDataTarget(plugins, step, async (opened) => {
          const names = namesOfRun(opened, step);
          const spool = await spoolOf(plugins, step);
          const note = await spool.read<FrozenNote>('frozen').catch(() => undefined);
          const trees = await treesOf(opened, names, note?.frozen, step);
          const hasCopied = await spool.read('copying').then(
            () => true,
            () => false,
          );
          await doAll([
            () => clearCopies(plugins, step, trees),
            async () => {
              const stands = await isCommitted(opened, names, step);
              await doAll([
                () => discardUncommitted(opened.snapshots, names),
                () => clearCutOffPuts(opened.target, names),
                () => releaseSource(plugins, step, stands),
              ]);
            },
            async () => {
              const isOurs = note !== undefined && !note.stood && !hasCopied;
              if (isOurs && (await opened.snapshots.list(names.folder)).length === 0)
                await opened.snapshots.close(names.folder);
            },
          ]);
          await plugins.spool.remove(spoolKeyOf(step));
        }),
      );
    },
  };

  async function commit(
    opened: DataTarget,
    names: DataNames,
    spool: SpoolFolder,
    step: BackUpDataStep,
  ): Promise<PartResult> {
    const { begin, frozen, building } = await spool.read<FrozenNote>('frozen');
    const whole = await spool.read<WholeNote>('whole').catch(() => undefined);
    const { end, unverified } = await spool.read<ComparedNote>('compared');
    const listed = await spool.read<ListedTree[]>('listed');
    const trees = listed.map((tree, place) => ({ ...tree, unverified: unverified[place] ?? 0 }));
    const product = plugins.facts(step.cluster).version;
    const base = whole === undefined ? building?.base : undefined;
    const { otherVersion } = opened;
    // Another cluster may have begun in the same folder at the same time, and be done by now.
    await refuseForeignFolder(opened.target, names.name, step.cluster);
    const manifest = dataManifestOf(step, { frozen, begin, end, trees, product, otherVersion, base });
    await commitDataSet(opened, names, manifest, (number) => spool.at(`index-${number}`));
    const result = dataResult(step, names.name, await readDataManifest(opened.target, names.name));
    if (building === undefined || whole === undefined) return result;
    return { ...result, notes: [fullInstead(whole.why), ...(result.notes ?? [])] };
  }
}

/** What lies in the spool between the steps. */
interface FrozenNote {
  readonly begin: string;
  readonly frozen: Frozen;
  /** The folder was there before this run. */
  readonly stood: boolean;
  /** What the run goes on from, where only what changed is copied. */
  readonly building?: Building;
}
/** Why everything was copied where only what changed should have been. */
interface WholeNote {
  readonly why: string;
}
interface ListedTree {
  readonly number: number;
  readonly path: string;
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly index: readonly IndexSegment[];
}
interface ComparedNote {
  readonly end: string;
  readonly unverified: number[];
}

async function planFor(plugins: Plugins, step: BackUpDataStep, trees: readonly CopyTree[]) {
  const copy = copyOf(step, '', trees, limitsIn(step));
  return await copierFor(plugins, step.cluster, copy).plan(copy);
}

async function clearCopies(plugins: Plugins, step: BackUpDataStep, trees: readonly CopyTree[]): Promise<void> {
  for (const again of [false, true]) {
    const copy = copyOf(step, suffix({ again }), trees, limitsIn(step));
    await clearCopy(plugins, step.cluster, copy);
  }
}

/** What earlier runs copied of directories that the task no longer names. */
async function dropSurplusTrees({ target, snapshots }: DataTarget, names: DataNames, trees: number): Promise<void> {
  const sets = (await listSetsOfPart(target, names.name)).reverse();
  const manifest = sets[0] && (await readDataManifest(target, sets[0].name).catch(() => undefined));
  const before = manifest?.trees.length ?? 0;
  for (let number = trees; number < before; number += 1) await snapshots.discard(names.folder, names.tree(number));
}

async function noteWhole(spool: SpoolFolder, { again }: CopyAgain, copied: readonly Copied[]): Promise<void> {
  const why = again ? 'what arrived was not as it was listed' : copied.find(({ whole }) => whole !== undefined)?.whole;
  if (why !== undefined) await spool.write('whole', { why } satisfies WholeNote);
}

function suffix({ again }: CopyAgain): string {
  return again ? '-again' : '';
}

async function spoolOf(plugins: Plugins, step: BackUpDataStep): Promise<SpoolFolder> {
  return await spoolFolder(plugins, spoolKeyOf(step));
}

async function releaseSource(plugins: Plugins, step: BackUpDataStep, stands: boolean): Promise<void> {
  const { source, spec } = openSourceOf(plugins, step);
  const { task, creation, entry } = step;
  if (stands) await source.keepNewest(spec, { task, creation }, 'recoveryPoints' in entry ? entry.recoveryPoints : 0);
  else await source.release(spec, freezeIdOf(step));
}

/** Also of a set that another cluster made under this name the answer is no. */
async function isCommitted(opened: DataTarget, names: DataNames, step: BackUpDataStep): Promise<boolean> {
  try {
    return (await findCommitted(opened, names, step)) !== undefined;
  } catch (error) {
    if (isKind(error, 'conflict')) return false;
    throw error;
  }
}

async function findCommitted(
  { target, snapshots }: DataTarget,
  names: DataNames,
  step: BackUpDataStep,
): Promise<PartResult | undefined> {
  if (!(await snapshots.list(names.folder)).includes(names.label)) return undefined;
  const manifest = await readDataManifest(target, names.name);
  refuseForeignOwner(names.name, manifest.cluster.id, step.cluster);
  return dataResult(step, names.name, manifest);
}

/** Names that are told of what changed on the target, of so many that are looked at; more only makes the message long. */
const [toldChanges, seenChanges] = [5, 1000];

interface Changes {
  /** On the target, since its newest set; at most some. */
  readonly names: readonly string[];
  readonly notes: readonly string[];
}

/** What was changed on the target since its newest set; the copy puts it right. */
async function changedByOthers({ snapshots }: DataTarget, { folder, label }: DataNames): Promise<Changes> {
  const newest = (await snapshots.list(folder)).filter((name) => labelPattern.test(name) && name < label).at(-1);
  if (newest === undefined) return { names: [], notes: [] };
  const changes = await snapshots.changes(folder, newest, '', seenChanges).catch((error: unknown) => {
    // Old servers tell all differences in one answer, and so many do not fit into it. It is but a note.
    if (isKind(error, 'corrupt')) return ['more than can be listed'];
    throw error;
  });
  if (changes.length === 0) return { names: [], notes: [] };
  const telling = mostTelling(changes);
  const named = telling.slice(0, toldChanges).join(', ') + (telling.length > toldChanges ? ' …' : '');
  const note = `${folder} was changed since set ${newest}, by somebody or by a run that did not end well; it is put right: ${named}`;
  return { names: changes, notes: [note] };
}

/** Without directories in which others of them lie; what people wrote before what a run may have left. */
function mostTelling(changes: readonly string[]): string[] {
  const holding = new Set(changes.map((name) => name.slice(0, Math.max(name.lastIndexOf('/'), 0))));
  const leaves = changes.filter((name) => !holding.has(name)).sort();
  const [own, others] = [leaves.filter(isOwn), leaves.filter((name) => !isOwn(name))];
  return [...others, ...own];
}

function isOwn(name: string): boolean {
  return name.startsWith('.cairn');
}

function arrivedDifferent(path: string, differing: number, differences: readonly string[]): BackupError {
  return new BackupError(
    'corrupt',
    `${path} arrived on the target with ${differing} differences, also when it was copied again: ${differences.slice(0, 5).join('; ')}`,
    { hint: 'see who else writes to the target; the set was not made, older sets stand' },
  );
}

function limitsIn({ entry }: BackUpDataStep): CopyLimits {
  return limitsOf('queue' in entry ? entry : {});
}
