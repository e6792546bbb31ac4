import type { Frozen } from '../model/data-source';
import { isKind } from '../model/errors';
import { type Base, fullInstead, isFullDue } from '../model/policy';
import type { DataNames } from '../sets/layout';
import { readDataManifest } from '../sets/manifest';
import { listSetsOfPart } from '../sets/set-names';
import { type BackUpDataStep, type DataTarget, openSourceOf } from './data-step';
import type { Plugins } from './plugins';

/** What a run that copies only what changed goes on from. */
export interface Building {
  readonly base: Base;
  /** How the snapshots of the source are called that hold what the set of the base holds: one for each tree. */
  readonly views: readonly string[];
}

/** What a run builds on, or why it copies everything although its policy asks for less. */
export interface Choice {
  readonly building?: Building;
  readonly notes: readonly string[];
}

/**
 * Decides whether a run copies what changed since the newest set, by its policy and by what stands: the set itself, the
 * source's snapshots of that time, and a target that nobody has changed since. `changed`: the names on the target that have.
 */
export async function chooseBase(
  plugins: Plugins,
  opened: DataTarget,
  names: DataNames,
  step: BackUpDataStep,
  { trees }: Frozen,
  changed: readonly string[],
): Promise<Choice> {
  const policy = 'policy' in step.entry ? step.entry.policy : undefined;
  if (isFullDue(policy, 0)) return { notes: [] };
  const newest = (await listSetsOfPart(opened.target, names.name)).at(-1);
  if (newest === undefined) return { notes: [] };
  const whole = (why: string): Choice => ({ notes: [fullInstead(why)] });
  const manifest = await readDataManifest(opened.target, newest.name).catch((error: unknown) => {
    if (isKind(error, 'corrupt') || isKind(error, 'missing')) return undefined;
    throw error;
  });
  if (manifest === undefined) return whole(`set ${newest.label} cannot be read`);
  const increments = manifest.increments ?? 0;
  if (isFullDue(policy, increments)) return { notes: [] };
  const isSame =
    manifest.trees.length === trees.length && trees.every(({ path }, number) => manifest.trees[number]!.path === path);
  if (!isSame) return whole(`set ${newest.label} is of other directories`);
  if (changed.some((name) => !name.startsWith('.cairn')))
    return whole(`the target was changed since set ${newest.label}`);
  const { source, spec } = openSourceOf(plugins, step);
  const { task, creation } = step;
  const views = await source.standing(spec, { task, creation, label: newest.label });
  if (views === undefined) return whole(`a snapshot that set ${newest.label} was made from is gone`);
  return { building: { base: { label: newest.label, increments: increments + 1 }, views }, notes: [] };
}
