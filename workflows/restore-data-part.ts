import { CancellationScope, log } from '@temporalio/workflow';
import type { RestoreDataStep } from '../activities/data-step';
import { limitsOf } from '../model/copier';
import { asData, type DataKind } from '../model/kinds';
import type { PartResult, RestorePartInput } from '../model/run';
import type { ChosenSet } from '../model/task';
import { ownerOf, whileHeld } from './hold';
import { isHostLost, onFirstLiveHost } from './hosts';
import { asNote, reasonOf } from './outcome';
import { ownRun } from './own-run';
import { openPartPage } from './part-page';
import { partGroups } from './part-groups';
import { controlSteps, hostSteps } from './steps';

/**
 * A source's part of a restoration of service data: the trees of its set are copied to where they go, compared with the
 * set, and put live; when that fails, or the run is stopped, the state before is brought back.
 */
export async function restoreDataPart(input: RestorePartInput): Promise<PartResult[]> {
  const source = asData(input.source);
  const show = openPartPage(input);
  const results: PartResult[] = [];
  for (const set of input.sets) {
    results.push(await restoreSet(input, source, set));
    show(results);
    if (results.at(-1)!.outcome !== 'Successful') break;
  }
  return results;
}

async function restoreSet(input: RestorePartInput, source: DataKind, set: ChosenSet): Promise<PartResult> {
  const step = stepOf(input, source, set);
  const { hosts } = await controlSteps(input.cluster.settings).planData({
    cluster: step.cluster,
    source,
    target: set.target,
    purpose: 'restore',
    begins: true,
  });
  const key = `hold/${input.cluster.id}/${input.task}/${input.label}/${source}`;
  return await whileHeld({ owner: ownerOf(input, set), key, sets: [set.name] }, () =>
    onFirstLiveHost(hosts, (host, wait) => restoreOn(hostSteps(host, input.cluster.settings, wait), step)),
  );
}

type Steps = ReturnType<typeof hostSteps>;

async function restoreOn(steps: Steps, step: RestoreDataStep): Promise<PartResult> {
  const { source, set } = step;
  const common = { source, part: set.part, target: set.target, set: set.name };
  let size = { bytes: 0, files: 0 };
  // Set from the moment that something may have been made or replaced.
  let touched: RestoreDataStep | undefined;
  try {
    const { parts, known, ...found } = await steps.checkData(step);
    size = found;
    touched = { ...step, known };
    await restoreTrees(steps, touched, parts);
  } catch (error) {
    // What it made lies in the cluster: the next host goes on with it.
    if (isHostLost(error)) throw error;
    const why = reasonOf(error);
    const outcome = why.errorKind === 'cancelled' ? 'Stopped' : 'Failed';
    return { ...common, ...size, outcome, ...why, ...(touched && (await undo(steps, touched))) };
  }
  const notes = await CancellationScope.nonCancellable(() => forget(steps, touched));
  return { ...common, ...size, outcome: 'Successful', ...(notes.length > 0 && { notes }) };
}

async function restoreTrees(steps: Steps, step: RestoreDataStep, parts: number): Promise<void> {
  await steps.prepareData(step);
  const groups = partGroups(parts);
  for (const group of groups) await steps.copyBack({ ...step, parts: group, among: groups.length });
  await steps.compareRestored(step);
  await steps.adoptData(step);
}

async function undo(steps: Steps, step: RestoreDataStep) {
  return await CancellationScope.nonCancellable(async () => {
    const reverted = await revert(steps, step);
    await release(steps, step);
    return reverted;
  });
}

async function revert(steps: Steps, step: RestoreDataStep): Promise<{ revertFailed?: true; notes: string[] }> {
  try {
    await steps.revertData(step);
    return { notes: ['the state before was brought back'] };
  } catch (error) {
    return { revertFailed: true, notes: [`the state before could not be brought back: ${reasonOf(error).reason}`] };
  }
}

/** The data is live: what could not be dropped is no reason to call its restoration failed, let alone to revert it. */
async function forget(steps: Steps, step: RestoreDataStep): Promise<string[]> {
  return await asNote('what was kept of the state before could not be removed', async () => {
    await steps.releaseRestoredData(step);
    await steps.forgetData(step);
  });
}

/** Why the restoration failed is known already. */
async function release(steps: Steps, step: RestoreDataStep): Promise<void> {
  await steps
    .releaseRestoredData(step)
    .catch((error: unknown) => log.warn('what the restoration left in the spool could not be cleared', { error }));
}

function stepOf(input: RestorePartInput, source: DataKind, set: ChosenSet): RestoreDataStep {
  return {
    cluster: input.cluster.id,
    run: ownRun(),
    label: input.label,
    source,
    set,
    productVersion: input.cluster.version,
    anyVersion: input.anyVersion,
    limits: limitsOf(input.limits),
  };
}
