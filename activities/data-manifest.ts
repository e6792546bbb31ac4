import type { Frozen } from '../model/data-source';
import type { DataManifest, ManifestTree } from '../model/manifest';
import type { Base } from '../model/policy';
import type { PartResult } from '../model/run';
import { cairnVersion } from './cairn-version';
import { type BackUpDataStep, noPart } from './data-step';

/** What the steps of a run found out, for its set's manifest. */
export interface Found {
  readonly frozen: Frozen;
  readonly begin: string;
  readonly end: string;
  readonly trees: readonly (Omit<ManifestTree, 'index'> & {
    readonly index: readonly ManifestTree['index'][number][];
  })[];
  readonly product: string;
  /** Product version of the target's cluster, where it is another's. */
  readonly otherVersion: string | undefined;
  /** What it builds on, where only what changed was copied. */
  readonly base: Base | undefined;
}

/** The manifest of a set of service data, but for the digest of the one before it. */
export function dataManifestOf(step: BackUpDataStep, found: Found): Omit<DataManifest, 'previous'> {
  const { frozen, trees, product, otherVersion, base } = found;
  const sum = (count: 'files' | 'directories' | 'bytes') => trees.reduce((all, tree) => all + tree[count], 0);
  return {
    format: 1,
    family: 'data',
    label: step.label,
    buildsOn: base?.label ?? null,
    ...(base && { increments: base.increments }),
    task: { name: step.task, creation: step.creation },
    cluster: { id: step.cluster },
    source: step.source,
    part: noPart,
    facts: { ...frozen.facts, ...(otherVersion === undefined ? {} : { targetVersion: otherVersion }) },
    versions: {
      product,
      ...(frozen.componentVersion === undefined ? {} : { component: frozen.componentVersion }),
      cairn: cairnVersion,
    },
    begin: found.begin,
    end: found.end,
    trees: trees.map((tree) => ({ ...tree, index: [...tree.index] })),
    totals: { files: sum('files'), directories: sum('directories'), bytes: sum('bytes') },
    verified: trees.every(({ unverified }) => unverified === 0) ? 'storeChecksum' : 'unverified',
  };
}

/** What became of the source's part of a run whose set stands. */
export function dataResult(step: BackUpDataStep, set: string, { totals, trees, buildsOn }: DataManifest): PartResult {
  const unverified = trees.reduce((all, tree) => all + tree.unverified, 0);
  const notes =
    unverified === 0 ? [] : [`${unverified} files have no checksum in common with their copies and were not compared`];
  return {
    source: step.source,
    part: noPart,
    outcome: 'Successful',
    target: step.target,
    set,
    bytes: totals.bytes,
    files: totals.files,
    ...(buildsOn !== null && { buildsOn }),
    ...(notes.length > 0 && { notes }),
  };
}
