import { BackupError } from '../model/errors';
import type { Copier, Copy, CopyLimits, CopyTree } from '../model/copier';
import type { FreezeId } from '../model/data-source';
import type { DataKind } from '../model/kinds';
import type { Label } from '../model/label';
import type { TargetSnapshots } from '../model/target';
import type { ChosenSet, TargetSpec, TaskSource } from '../model/task';
import { dataFolder, dataNames, dataSetName, type DataNames } from '../sets/layout';
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
}

/** Service data makes one set in a run: its part has no name. */
export const noPart = '';

export function freezeIdOf({ task, creation, label }: BackUpDataStep): FreezeId {
  return { task, creation, label };
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
      hint: 'localHdfs and remoteHdfs take it',
    });
  return await work({ ...opened, snapshots });
}

/** The names of the set that a run makes. */
export function namesOfRun({ root }: OpenedTarget, step: BackUpDataStep): DataNames {
  const { task, creation, source, label } = step;
  return dataNames(dataSetName(dataFolder({ root, task, creation, source }), label));
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

/** The first copier that takes all trees. */
export function copierFor(plugins: Plugins, cluster: string, { trees }: Pick<Copy, 'trees'>): Copier {
  const copier = plugins.copiers(cluster).find((one) => trees.every((tree) => one.accepts(tree)));
  if (copier !== undefined) return copier;
  const [{ from, to } = { from: { uri: 'nothing' }, to: { uri: 'nothing' } }] = trees;
  throw new BackupError('unsupported', `nothing here copies ${from.uri} to ${to.uri}`);
}
