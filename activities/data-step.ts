import { BackupError } from '../model/errors';
import type { Control, Progress } from '../model/control';
import type { Copied, Copier, Copy, CopyLimits, CopyTree } from '../model/copier';
import type { FreezeId, SetTree } from '../model/data-source';
import type { DataKind } from '../model/kinds';
import type { Label } from '../model/label';
import type { TargetSnapshots } from '../model/target';
import type { ChosenSet, TargetSpec, TaskSource } from '../model/task';
import { dataFolder, dataNames, dataSetName, type DataNames } from '../sets/layout';
import type { SpoolKey } from '../sets/spool';
import type { RunRef } from './control';
import type { OpenedTarget, Plugins } from './plugins';

/** A source's part of a backup run of service data, and everything that its steps need to know. */
export interface BackUpDataStep {
  readonly cluster: string;
  /** Absent in a clean-up. */
  readonly run: RunRef | undefined;
  readonly task: string;
  readonly creation: Label;
  readonly label: Label;
  readonly source: DataKind;
  readonly entry: TaskSource['entry'];
  readonly target: TargetSpec;
  /** Sets that are kept. */
  readonly copies: number;
  /** All that the run takes, where the entry has rows; absent before they are resolved, and in a clean-up. */
  readonly paths?: readonly string[];
}

/** One set of service data that is restored, and everything that its steps need to know. */
export interface RestoreDataStep {
  readonly cluster: string;
  /** Absent in a clean-up. */
  readonly run: RunRef | undefined;
  readonly label: Label;
  readonly source: DataKind;
  readonly set: ChosenSet;
  readonly productVersion: string;
  readonly anyVersion: boolean;
  readonly limits: CopyLimits;
  /** What `checkData` read of the set: from then on, going back needs no target. */
  readonly known?: KnownSet;
}

/** What a restoration must know of its set to bring back the state before. */
export interface KnownSet {
  readonly trees: readonly SetTree[];
  readonly facts: { readonly [name: string]: string | number };
}

/** Service data makes one set in a run: its part has no name. */
export const noPart = '';

/** What the run is told of a step beside its phase. */
export function toldOf({ source }: { readonly source: DataKind }) {
  return { source, part: noPart };
}

/** Where a step keeps what is too long for a workflow's history. */
export function spoolKeyOf({ cluster, label, source }: Pick<BackUpDataStep, 'cluster' | 'label' | 'source'>): SpoolKey {
  return { cluster, label, source, part: noPart };
}

export function freezeIdOf({ task, creation, label }: BackUpDataStep): FreezeId {
  return { task, creation, label };
}

/** The source with what the run takes of it. */
export function openSourceOf(plugins: Plugins, { cluster, source, entry, paths }: BackUpDataStep) {
  return plugins.openDataSource(cluster, source, { entry, ...(paths && { paths }) });
}

/** A target that takes service data: one whose sets are snapshots. `unsupported` for any other. */
export interface DataTarget extends OpenedTarget {
  readonly snapshots: TargetSnapshots;
}

/** Does something on a target that takes service data, and closes it. */
export async function onDataTarget<T>(
  plugins: Plugins,
  { cluster, target }: { readonly cluster: string; readonly target: TargetSpec },
  work: (opened: DataTarget) => Promise<T>,
): Promise<T> {
  const opened = plugins.openTarget(cluster, target);
  await using place = opened.target;
  const { snapshots } = place;
  if (snapshots === undefined)
    throw new BackupError('unsupported', `service data cannot go to ${target.kind} yet`, {
      hint: 'remoteHdfs takes it, and of product 2.x localHdfs',
    });
  return await work({ ...opened, snapshots });
}

/** The names of the set that a run makes. */
export function namesOfRun({ root }: OpenedTarget, step: BackUpDataStep): DataNames {
  const { task, creation, source, label } = step;
  return dataNames(dataSetName(dataFolder({ root, task, creation, source }), label));
}

/** Some parts of a copy, done one after the other by one step: a run has few steps, however many trees it has. */
export interface SomeParts {
  readonly parts: readonly number[];
  /** How many such steps the copy has. */
  readonly among: number;
}

/** Copies some parts; how far each has come is told with what it has in all. */
export async function copyParts(
  copier: Copier,
  copy: Copy,
  parts: readonly number[],
  totalOf: (part: number) => { readonly bytes: number; readonly files: number },
  control: Control,
): Promise<Copied[]> {
  const copied: Copied[] = [];
  for (const part of parts) {
    const { bytes: totalBytes, files: totalFiles } = totalOf(part);
    const report = (progress: Progress) => control.report({ ...progress, totalBytes, totalFiles });
    copied.push(await copier.copyPart(copy, part, { ...control, report }));
  }
  return copied;
}

/** Does all of it, also when some of it fails; throws the first error then. */
export async function doAll(works: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const work of works) await work().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** The copy of a run; with a suffix where a run does more than one. */
export function copyOf(
  { cluster, label, source }: Pick<BackUpDataStep, 'cluster' | 'label' | 'source'>,
  suffix: string,
  trees: readonly CopyTree[],
  limits: CopyLimits,
): Copy {
  return { id: `cairn-${cluster}-${label}-${source}${suffix}`.toLowerCase(), trees, limits };
}

/** Nothing of the copy runs any more, whichever copier did it. */
export async function clearCopy(plugins: Plugins, cluster: string, copy: Copy): Promise<void> {
  for (const copier of plugins.copiers(cluster)) await copier.clear(copy);
}

/** The first copier that takes all trees. */
export function copierFor(plugins: Plugins, cluster: string, { trees }: Pick<Copy, 'trees'>): Copier {
  const copier = plugins.copiers(cluster).find((one) => trees.every((tree) => one.accepts(tree)));
  if (copier !== undefined) return copier;
  const [{ from, to } = { from: { uri: 'nothing' }, to: { uri: 'nothing' } }] = trees;
  throw new BackupError('unsupported', `nothing here copies ${from.uri} to ${to.uri}`);
}
