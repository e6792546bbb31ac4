import { CancellationScope } from '@temporalio/workflow';
import type { BackUpDataStep } from '../activities/data-step';
import { asData, type DataKind } from '../model/kinds';
import type { BackUpPartInput, PartResult } from '../model/run';
import { onFirstLiveHost } from './hosts';
import { failedResult } from './outcome';
import { ownRun } from './own-run';
import { openPartPage } from './part-page';
import { prune } from './prune';
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
  const step = stepOf(input, source);
  const steps = hostSteps(host, input.cluster.settings, waitForHost);
  let made: { result: PartResult; surplus: readonly string[] };
  let frozen: Awaited<ReturnType<typeof steps.freezeData>>;
  try {
    frozen = await steps.freezeData(step);
    if (frozen.standing !== undefined) return frozen.standing;
    await steps.listData(step);
    await copyAndCompare(steps, step, frozen.parts);
    made = await steps.commitData(step);
  } finally {
    await CancellationScope.nonCancellable(() => steps.releaseData(step));
  }
  const pruned = await prune(steps, { ...step, part: made.result.part, surplus: made.surplus });
  const notes = [...frozen.notes, ...(made.result.notes ?? []), ...pruned];
  return { ...made.result, ...(notes.length > 0 && { notes }) };
}

/** What differs is copied once more: somebody may have written to the target meanwhile. */
async function copyAndCompare(steps: ReturnType<typeof hostSteps>, step: BackUpDataStep, parts: number): Promise<void> {
  for (const again of [false, true]) {
    for (let part = 0; part < parts; part += 1) await steps.copyData({ ...step, again, part });
    if (await steps.compareData({ ...step, again })) return;
  }
}

/** The step of a source's part, which is all that its activities are told. */
function stepOf(input: BackUpPartInput, source: DataKind): BackUpDataStep {
  const { entry, target, copies } = input.source;
  return {
    cluster: input.cluster.id,
    run: ownRun(),
    task: input.task,
    creation: input.creation,
    label: input.label,
    source,
    entry,
    target,
    copies,
  };
}
