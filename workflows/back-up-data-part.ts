import { CancellationScope } from '@temporalio/workflow';
import type { BackUpDataStep } from '../activities/data-step';
import { asData, type DataKind } from '../model/kinds';
import type { BackUpPartInput, PartResult } from '../model/run';
import { onFirstLiveHost } from './hosts';
import { failedResult, reasonOf } from './outcome';
import { openPartPage } from './part-page';
import { partGroups } from './part-groups';
import { prune } from './prune';
import { sourceStep } from './source-step';
import { controlSteps, hostSteps, type WaitForHost } from './steps';

/**
 * A source's part of a backup run of service data: freeze → list → copy each tree → compare → commit → release, then
 * retention. A set that stands already under this label is done: the run was repeated.
 */
export async function backUpDataPart(input: BackUpPartInput): Promise<PartResult[]> {
  const show = openPartPage(input);
  const result = await backUpSet(input);
  show([result]);
  return [result];
}

async function backUpSet(input: BackUpPartInput): Promise<PartResult> {
  const source = asData(input.source.source);
  try {
    const { hosts } = await controlSteps(input.cluster.settings).planData({
      cluster: input.cluster.id,
      source,
      target: input.source.target,
      purpose: 'backUp',
    });
    return await onFirstLiveHost(hosts, (host, waitForHost) => backUpOn(host, input, source, waitForHost));
  } catch (error) {
    return failedResult(source, error);
  }
}

async function backUpOn(
  host: string,
  input: BackUpPartInput,
  source: DataKind,
  waitForHost: WaitForHost,
): Promise<PartResult> {
  const step: BackUpDataStep = { ...sourceStep(input), source };
  const steps = hostSteps(host, input.cluster.settings, waitForHost);
  const made = await make(steps, step).catch(async (error: unknown) => {
    await release(steps, step);
    throw error;
  });
  const left = await release(steps, step);
  const { part } = made.result;
  const pruned = await prune(steps, { ...step, part, surplus: made.surplus });
  const notes = [...made.notes, ...(made.result.notes ?? []), ...left, ...pruned];
  return { ...made.result, ...(notes.length > 0 && { notes }) };
}

type Steps = ReturnType<typeof hostSteps>;

interface Made {
  readonly result: PartResult;
  /** Names of sets beyond those that are kept. */
  readonly surplus: readonly string[];
  readonly notes: readonly string[];
}

async function make(steps: Steps, step: BackUpDataStep): Promise<Made> {
  const { standing, parts, notes } = await steps.freezeData(step);
  if (standing !== undefined) return { result: standing, surplus: [], notes };
  await steps.listData(step);
  await copyAndCompare(steps, step, parts);
  return { ...(await steps.commitData(step)), notes };
}

/** What stands, stands: that something could not be cleared is a note, and never hides why a run failed. */
async function release(steps: Steps, step: BackUpDataStep): Promise<string[]> {
  try {
    await CancellationScope.nonCancellable(() => steps.releaseData(step));
    return [];
  } catch (error) {
    return [`what the run left could not be cleared: ${reasonOf(error).reason}`];
  }
}

/** What differs is copied once more: somebody may have written to the target meanwhile. */
async function copyAndCompare(steps: Steps, step: BackUpDataStep, parts: number): Promise<void> {
  for (const again of [false, true]) {
    const groups = partGroups(parts);
    for (const group of groups) await steps.copyData({ ...step, again, parts: group, among: groups.length });
    if (await steps.compareData({ ...step, again })) return;
  }
}
