import { CancellationScope, log } from '@temporalio/workflow';
import type { PlannedLoad } from '../activities/plan';
import type { RestoreStep } from '../activities/restore';
import type { MetadataKind } from '../model/kinds';
import type { PartResult, RestorePartInput } from '../model/run';
import { ownerOf, whileHeld } from './hold';
import { asNote, reasonOf } from './outcome';
import { ownRun } from './own-run';
import { openPartPage } from './part-page';
import { controlSteps, hostSteps } from './steps';

/**
 * A source's part of a restoration: all its sets are fetched and checked before the first is put live; when one
 * fails, or the run is stopped, all are brought back to the state before.
 */
export async function restorePart(input: RestorePartInput<MetadataKind>): Promise<PartResult[]> {
  const show = openPartPage(input);
  const results = await restoreSets(input);
  show(results);
  return results;
}

async function restoreSets(input: RestorePartInput<MetadataKind>): Promise<PartResult[]> {
  const plan = await controlSteps(input.cluster.settings).planRestore({
    cluster: input.cluster.id,
    source: input.source,
    sets: input.sets,
    begins: true,
  });
  const loads = plan.map((load) => openLoad(input, load));
  try {
    const failed = await putLive(input, loads);
    return failed ?? (await CancellationScope.nonCancellable(() => forgetAll(input, loads)));
  } finally {
    await CancellationScope.nonCancellable(() => releaseAll(loads));
  }
}

/** What became of the restoration is known already; what stays in a spool is cleared when the worker there starts. */
async function releaseAll(loads: readonly Load[]): Promise<void> {
  for (const { steps, step } of loads)
    await steps
      .releaseRestore(step)
      .catch((error: unknown) => log.warn('what the restoration left in the spool could not be cleared', { error }));
}

/** What became of them where they were brought back; nothing when all are live. */
async function putLive(
  input: RestorePartInput<MetadataKind>,
  loads: readonly Load[],
): Promise<PartResult[] | undefined> {
  try {
    for (const load of loads) await fetch(input, load);
    for (const load of loads) await load.steps.checkLoad(load.step);
    await loadAll(loads);
    return undefined;
  } catch (error) {
    return await bringBack(loads, error);
  }
}

interface Load {
  readonly step: RestoreStep;
  readonly steps: ReturnType<typeof hostSteps>;
  readonly others: readonly string[];
  bytes: number;
  files: number;
  /** True from the moment that something may have been replaced. */
  touched: boolean;
}

function openLoad(input: RestorePartInput<MetadataKind>, { set, host, others = [] }: PlannedLoad): Load {
  const step: RestoreStep = {
    cluster: input.cluster.id,
    run: ownRun(),
    label: input.label,
    source: input.source,
    part: set.part,
    set,
    productVersion: input.cluster.version,
    anyVersion: input.anyVersion,
  };
  return { step, steps: hostSteps(host, input.cluster.settings), others, bytes: 0, files: 0, touched: false };
}

/** A set of another cluster is held by its owner while it is read, so that its retention leaves it alone. */
async function fetch(input: RestorePartInput, load: Load): Promise<void> {
  const { set } = load.step;
  const key = `hold/${input.cluster.id}/${input.task}/${input.label}/${set.part}`;
  const fetched = await whileHeld({ owner: ownerOf(input, set), key, sets: [set.name] }, () =>
    load.steps.fetchSet(load.step),
  );
  load.bytes = fetched.bytes;
  load.files = fetched.files;
}

async function loadAll(loads: readonly Load[]): Promise<void> {
  for (const load of loads) {
    load.touched = true;
    await load.steps.loadSet(load.step);
  }
}

/** All are live: what could not be dropped is no reason to call the restoration failed, let alone to revert it. */
async function forgetAll({ cluster }: RestorePartInput, loads: readonly Load[]): Promise<PartResult[]> {
  const results: PartResult[] = [];
  for (const load of loads) {
    const elsewhere = load.others.map((host) => hostSteps(host, cluster.settings, briefly));
    const notes: string[] = [];
    for (const steps of [load.steps, ...elsewhere])
      notes.push(
        ...(await asNote('what earlier restorations kept could not be removed', () => steps.forgetBefore(load.step))),
      );
    results.push({ ...partOf(load), outcome: 'Successful', ...(notes.length > 0 && { notes }) });
  }
  return results;
}

/** What lies on another host is dropped when that is there; else by the next restoration that succeeds. */
const briefly = { scheduleToStartTimeout: '30 seconds' } as const;

async function bringBack(loads: readonly Load[], error: unknown): Promise<PartResult[]> {
  const why = reasonOf(error);
  const outcome = why.errorKind === 'cancelled' ? 'Stopped' : 'Failed';
  const results: PartResult[] = [];
  for (const load of [...loads].reverse()) {
    const reverted = load.touched ? await CancellationScope.nonCancellable(() => revert(load)) : {};
    results.unshift({ ...partOf(load), outcome, ...why, ...reverted });
  }
  return results;
}

async function revert({ step, steps }: Load): Promise<{ revertFailed?: true; notes?: string[] }> {
  try {
    await steps.revertLoad(step);
    return { notes: ['the state before was brought back'] };
  } catch (error) {
    return { revertFailed: true, notes: [`the state before could not be brought back: ${reasonOf(error).reason}`] };
  }
}

function partOf({ step, bytes, files }: Load): Omit<PartResult, 'outcome'> {
  return { source: step.source, part: step.part, target: step.set.target, set: step.set.name, bytes, files };
}
