import { CancellationScope, log } from '@temporalio/workflow';
import type { RestoreDataStep } from '../activities/data-step';
import { limitsOf } from '../model/copier';
import { asData, type DataKind } from '../model/kinds';
import type { PartResult, RestorePartInput } from '../model/run';
import type { ChosenSet } from '../model/task';
import { ownerOf, whileHeld } from './hold';
import { hostsFrom, isHostLost, onFirstLiveHost } from './hosts';
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
    hosts: input.cluster.hosts,
  });
  const key = `hold/${input.cluster.id}/${input.task}/${input.label}/${source}`;
  return await whileHeld({ owner: ownerOf(input, set), key, sets: [set.name] }, () =>
    restoreOnFirst(input, step, hosts),
  );
}

async function restoreOnFirst(
  { cluster: { settings } }: RestorePartInput,
  step: RestoreDataStep,
  hosts: readonly string[],
): Promise<PartResult> {
  const begun: Begun = { size: { bytes: 0, files: 0 } };
  return await onFirstLiveHost(hosts, (host, wait) => {
    const end: End = (work) =>
      onFirstLiveHost(hostsFrom(hosts, host), (one, waitForOne) => work(hostSteps(one, settings, waitForOne)));
    return restoreOn(hostSteps(host, settings, wait), step, begun, end);
  });
}

type Steps = ReturnType<typeof hostSteps>;
/** Ends what was begun, on the host that it ran on, or on the next one when that is lost: what it made lies in the cluster. */
type End = <T>(work: (steps: Steps) => Promise<T>) => Promise<T>;

/** What was begun on one host, and is known on the next one: it may be stopped there before it has come so far. */
interface Begun {
  size: { bytes: number; files: number };
  /** Set from the moment that something may have been made or replaced. */
  touched?: RestoreDataStep;
}

async function restoreOn(steps: Steps, step: RestoreDataStep, begun: Begun, end: End): Promise<PartResult> {
  const { source, set } = step;
  const common = { source, part: set.part, target: set.target, set: set.name };
  try {
    const { parts, known, ...size } = await steps.checkData(step);
    Object.assign(begun, { size, touched: { ...step, known } });
    await restoreTrees(steps, begun.touched!, parts);
  } catch (error) {
    // What it made lies in the cluster: the next host goes on with it.
    if (isHostLost(error)) throw error;
    const why = reasonOf(error);
    const outcome = why.errorKind === 'cancelled' ? 'Stopped' : 'Failed';
    return { ...common, ...begun.size, outcome, ...why, ...(begun.touched && (await undo(end, begun.touched))) };
  }
  const notes = await CancellationScope.nonCancellable(() => forget(end, begun.touched!));
  return { ...common, ...begun.size, outcome: 'Successful', ...(notes.length > 0 && { notes }) };
}

async function restoreTrees(steps: Steps, step: RestoreDataStep, parts: number): Promise<void> {
  await steps.prepareData(step);
  const groups = partGroups(parts);
  for (const group of groups) await steps.copyBack({ ...step, parts: group, among: groups.length });
  await steps.compareRestored(step);
  await steps.adoptData(step);
}

async function undo(end: End, step: RestoreDataStep) {
  return await CancellationScope.nonCancellable(() =>
    end(async (steps) => {
      const reverted = await revert(steps, step);
      await release(steps, step);
      return reverted;
    }),
  );
}

async function revert(steps: Steps, step: RestoreDataStep): Promise<{ revertFailed?: true; notes: string[] }> {
  try {
    await steps.revertData(step);
    return { notes: ['the state before was brought back'] };
  } catch (error) {
    if (isHostLost(error)) throw error;
    return { revertFailed: true, notes: [`the state before could not be brought back: ${reasonOf(error).reason}`] };
  }
}

/** The data is live: what could not be dropped is no reason to call its restoration failed, let alone to revert it. */
async function forget(end: End, step: RestoreDataStep): Promise<string[]> {
  return await asNote('what was kept of the state before could not be removed', () =>
    end(async (steps) => {
      await steps.releaseRestoredData(step);
      await steps.forgetData(step);
    }),
  );
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
