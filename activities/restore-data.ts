import { BackupError } from '../model/errors';
import type { Copied, CopyTree } from '../model/copier';
import type { Prepared, Replacing, SetTree } from '../model/data-source';
import type { Location } from '../model/target';
import type { DataManifest, ManifestTree } from '../model/manifest';
import { compareTree } from '../sets/compare-tree';
import { dataNames, type DataNames } from '../sets/layout';
import { readDataManifest } from '../sets/manifest';
import { readStoredIndex } from '../sets/tree-index';
import { checkIsChosen } from './chosen-set';
import { underControl } from './control';
import {
  clearCopy,
  copierFor,
  copyOf,
  copyParts,
  type DataTarget,
  type KnownSet,
  onDataTarget,
  type RestoreDataStep,
  type SomeParts,
  spoolKeyOf,
  toldOf,
} from './data-step';
import type { Plugins } from './plugins';
import { spoolFolder } from './spool-folder';

export type RestoreDataActivities = ReturnType<typeof createRestoreDataActivities>;

/** What is to be restored: how many trees, and how much. */
export interface ToRestore {
  readonly parts: number;
  readonly files: number;
  readonly bytes: number;
  readonly known: KnownSet;
}

/** The steps of the restoration of a set of service data. Each may be repeated; what they must remember lies in the cluster. */
export function createRestoreDataActivities(plugins: Plugins) {
  return {
    /** What the restoration would replace; refuses what it would refuse. Changes nothing. */
    async describeReplaced(step: RestoreDataStep): Promise<readonly Replacing[]> {
      return await underControl(undefined, undefined, () =>
        withSet(plugins, step, async ({ source, spec, trees, manifest }) => {
          const replaced = await source.describeReplaced(spec, trees);
          return replaced.map((one, place) => {
            const { path, files, directories, bytes } = manifest.trees[trees[place]!.number]!;
            return { ...one, path, brings: { files, directories, bytes } };
          });
        }),
      );
    },

    async checkData(step: RestoreDataStep): Promise<ToRestore> {
      return await underControl({ ...toldOf(step), phase: 'checking' }, step.run, () =>
        withSet(plugins, step, async (set) => {
          await set.source.checkRestore(set.spec, set.trees);
          const own = set.trees.map((tree) => set.manifest.trees[tree.number]!);
          const copy = copyOf(
            step,
            '',
            own.map(({ number }) => ({ from: storedAt(set, number), to: storedAt(set, number) })),
            step.limits,
          );
          const { parts } = await copierFor(plugins, step.cluster, copy).plan(copy);
          const known = { trees: set.trees, facts: set.manifest.facts };
          return { parts, files: sum(own, 'files'), bytes: sum(own, 'bytes'), known };
        }),
      );
    },

    /** Makes ready where the trees will be copied to; where that is over what is there, that is kept first. */
    async prepareData(step: RestoreDataStep): Promise<void> {
      await underControl({ ...toldOf(step), phase: 'preparing' }, step.run, (control) =>
        withSet(plugins, step, async ({ source, spec, trees }) => {
          const prepared = await source.prepare(spec, trees, step.label, control);
          await (await spoolFolder(plugins, spoolKeyOf(step))).write('prepared', prepared);
        }),
      );
    },

    /** Copies some parts, one after the other. */
    async copyBack(step: RestoreDataStep & SomeParts): Promise<readonly Copied[]> {
      const { parts, among } = step;
      return await underControl({ ...toldOf(step), phase: 'copying', among }, step.run, (control) =>
        withSet(plugins, step, async (set) => {
          const copy = copyOf(step, '', copyTrees(set, await preparedOf(step)), step.limits);
          const totalOf = (part: number) => set.manifest.trees[set.trees[part]!.number]!;
          return await copyParts(copierFor(plugins, step.cluster, copy), copy, parts, totalOf, control);
        }),
      );
    },

    /** Compares what arrived with the set's index before it is put live; `corrupt` says what differs. */
    async compareRestored(step: RestoreDataStep): Promise<void> {
      await underControl({ ...toldOf(step), phase: 'comparing' }, step.run, (control) =>
        withSet(plugins, step, async ({ opened, names, manifest, source, spec }) => {
          for (const { number, location } of await preparedOf(step)) {
            const tree = manifest.trees[number]!;
            const index = readStoredIndex(opened.target, names.index, tree.index);
            const { differing, differences } = await compareTree(index, source.read(spec, location), control);
            if (differing > 0) throw arrivedDifferent(tree.path, differing, differences);
          }
        }),
      );
    },

    async adoptData(step: RestoreDataStep): Promise<void> {
      await underControl({ ...toldOf(step), phase: 'adopting' }, step.run, (control) =>
        withSet(plugins, step, ({ source, spec, trees }) => source.adopt(spec, trees, step.label, control)),
      );
    },

    /** Brings back the state before, whatever was done by then; what was copied in place is copied back. Needs no target. */
    async revertData(step: RestoreDataStep): Promise<void> {
      await underControl({ ...toldOf(step), phase: 'reverting' }, step.run, async (control) => {
        const { source, spec, trees } = await openKnown(plugins, step);
        await clearCopies(plugins, step, await placesOf(step), ['']);
        const back = await source.revert(spec, trees, step.label);
        if (back.length > 0) {
          const copy = copyOf(step, '-revert', back, step.limits);
          const copier = copierFor(plugins, step.cluster, copy);
          const { parts } = await copier.plan(copy);
          for (let part = 0; part < parts; part += 1) await copier.copyPart(copy, part, control);
        }
        await source.forget(spec, trees, step.label);
      });
    },

    /** After success: drops what was kept of the state before. */
    async forgetData(step: RestoreDataStep): Promise<void> {
      await underControl({ ...toldOf(step), phase: 'releasing' }, step.run, async () => {
        const { source, spec, trees } = await openKnown(plugins, step);
        await source.forget(spec, trees, step.label);
      });
    },

    /** Nothing of its copies runs any more on this host or in Yarn, the spool is clear. Safe to repeat. */
    async releaseRestoredData(step: RestoreDataStep): Promise<void> {
      await underControl(undefined, undefined, async () => {
        await clearCopies(plugins, step, await placesOf(step), ['', '-revert']);
        await plugins.spool.remove(spoolKeyOf(step));
      });
    },
  };

  /** Where the copies of this restoration write to, as far as this host knows: nothing was copied before that was noted. */
  async function placesOf(step: RestoreDataStep): Promise<CopyTree[]> {
    const prepared = await preparedOf(step).catch(() => []);
    return prepared.map(({ location }) => ({ from: location, to: location }));
  }

  async function preparedOf(step: RestoreDataStep): Promise<readonly Prepared[]> {
    return await (await spoolFolder(plugins, spoolKeyOf(step))).read<readonly Prepared[]>('prepared');
  }
}

async function clearCopies(
  plugins: Plugins,
  step: RestoreDataStep,
  trees: readonly CopyTree[],
  suffixes: readonly string[],
): Promise<void> {
  for (const suffix of suffixes) await clearCopy(plugins, step.cluster, copyOf(step, suffix, trees, step.limits));
}

/** A set that is restored, opened, with the cluster's source for it. */
interface OpenedSet extends ReturnType<Plugins['openDataSource']> {
  readonly opened: DataTarget;
  readonly names: DataNames;
  readonly manifest: DataManifest;
  readonly trees: readonly SetTree[];
}

async function withSet<T>(plugins: Plugins, step: RestoreDataStep, work: (set: OpenedSet) => Promise<T>): Promise<T> {
  return await onDataTarget(plugins, { cluster: step.cluster, target: step.set.target }, async (opened) => {
    const manifest = await readDataManifest(opened.target, step.set.name);
    checkIsChosen(step, manifest);
    const origin = { facts: manifest.facts };
    return await work({
      ...plugins.openDataSource(step.cluster, step.source, origin),
      opened,
      names: dataNames(step.set.name),
      manifest,
      trees: treesOf(step, manifest),
    });
  });
}

/** The cluster's source and the trees, by what was noted of the set; from the target only where nothing was noted. */
async function openKnown(
  plugins: Plugins,
  step: RestoreDataStep,
): Promise<Pick<OpenedSet, 'source' | 'spec' | 'trees'>> {
  if (step.known === undefined) return await withSet(plugins, step, async (set) => set);
  const { facts, trees } = step.known;
  return { ...plugins.openDataSource(step.cluster, step.source, { facts }), trees };
}

/** The trees that the task chose, each with the place that it goes to; all to their own places when it chose none. */
function treesOf({ set }: RestoreDataStep, { trees }: DataManifest): SetTree[] {
  if (set.paths === undefined) return trees.map(({ number, path }) => ({ number, path, to: path }));
  return set.paths.map(({ path, to }) => {
    const tree = trees.find((one) => one.path === path);
    if (tree !== undefined) return { number: tree.number, path, to };
    throw new BackupError('missing', `set ${set.name} does not hold ${path}`, {
      hint: `it holds ${trees.map((one) => one.path).join(', ')}`,
    });
  });
}

function copyTrees(set: OpenedSet, prepared: readonly Prepared[]): CopyTree[] {
  return prepared.map(({ number, location }) => ({ from: storedAt(set, number), to: location }));
}

function storedAt({ opened, names }: OpenedSet, number: number): Location {
  const location = opened.target.locate?.(`${names.folder}/.snapshot/${names.snapshot}/${names.tree(number)}`);
  if (location === undefined) throw new BackupError('unsupported', 'no copier can read from this target');
  return location;
}

function sum(trees: readonly ManifestTree[], count: 'files' | 'bytes'): number {
  return trees.reduce((all, tree) => all + tree[count], 0);
}

function arrivedDifferent(path: string, differing: number, differences: readonly string[]): BackupError {
  return new BackupError(
    'corrupt',
    `what was copied back of ${path} differs from the set in ${differing} places: ${differences.slice(0, 5).join('; ')}`,
    { hint: '"cairn sets verify" tells whether the set is sound' },
  );
}
