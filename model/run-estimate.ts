import { type ClusterState, parseShortRun, type ShortRun } from './cluster-state';
import { limitsOf } from './copier';
import { type DataKind, isDataKind } from './kinds';
import type { Task, TaskSource } from './task';

/** How long a task's next runs will take and how many bytes each will leave. */
export interface RunEstimate {
  /**
   * `median` of its latest successful runs. `volume`: there is none, but it is known how much service data there is; its
   * metadata is not counted. `none`: neither is known, so 0 is assumed.
   */
  readonly estimated: 'median' | 'volume' | 'none';
  readonly seconds: number;
  readonly bytes: number;
}

export type RunEstimates = ReadonlyMap<string, RunEstimate>;

/** Bytes of service data that a run would copy now, by source. */
export type Volume = { readonly [source in DataKind]?: number };

/** Of tasks, by name. */
export type Volumes = ReadonlyMap<string, Volume>;

/** Of all tasks, by name. */
export function estimatesOf({ tasks }: ClusterState, volumes: Volumes = new Map()): RunEstimates {
  return new Map(
    Object.entries(tasks).map(([name, { spec, runs }]) => [
      name,
      estimateOf(spec, runs.map(parseShortRun), volumes.get(name)),
    ]),
  );
}

/** By its own runs; before the first successful one by the volume. */
export function estimateOf(spec: Task, runs: readonly ShortRun[], volume?: Volume): RunEstimate {
  const successful = runs.filter(isSuccess);
  if (successful.length === 0) return estimateByVolume(spec, volume);
  return {
    estimated: 'median',
    seconds: median(successful.map(({ seconds }) => seconds)),
    bytes: median(successful.map(({ bytes }) => bytes)),
  };
}

export function hasSuccess(runs: readonly ShortRun[]): boolean {
  return runs.some(isSuccess);
}

function isSuccess({ outcome }: ShortRun): boolean {
  return outcome === 'Successful';
}

/** The product's rule (product facts §2): volume ÷ bandwidth × 1.5. The bandwidth is what all maps together may take. */
function estimateByVolume(spec: Task, volume: Volume | undefined): RunEstimate {
  if (spec.kind !== 'backup' || volume === undefined) return { estimated: 'none', seconds: 0, bytes: 0 };
  const measured = spec.sources.map((source) => ({ source, bytes: bytesOf(source, volume) }));
  return {
    estimated: 'volume',
    seconds: Math.ceil(measured.reduce((sum, { source, bytes }) => sum + (bytes / bandwidthOf(source)) * factor, 0)),
    bytes: measured.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const factor = 1.5;
/** DistCp's MB. */
const megabyte = 1024 ** 2;

function bytesOf({ source }: TaskSource, volume: Volume): number {
  return (isDataKind(source) ? volume[source] : undefined) ?? 0;
}

/** Bytes in a second. */
function bandwidthOf({ entry }: TaskSource): number {
  const { maps, bandwidth } = limitsOf('maps' in entry ? entry : {});
  return maps * bandwidth * megabyte;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return Math.round((sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2);
}
