import { CancellationScope } from '@temporalio/workflow';
import type { BackUpStep, PlannedPart } from '../activities/plan';
import { asMetadata } from '../model/kinds';
import type { BackUpPartInput, PartResult } from '../model/run';
import { failedResult } from './outcome';
import { openPartPage } from './part-page';
import { prune } from './prune';
import { sourceStep } from './source-step';
import { controlSteps, hostSteps, type WaitForHost } from './steps';
import { onFirstLiveHost } from './hosts';

/**
 * A source's part of a backup run: for each of its sets dump → archive → upload → read back → commit → release,
 * then retention. A set whose manifest stands already under this label is done: the run was repeated.
 */
export async function backUpPart(input: BackUpPartInput): Promise<PartResult[]> {
  const show = openPartPage(input);
  const plan = await controlSteps(input.cluster.settings).planBackUp({
    cluster: input.cluster.id,
    source: input.source,
  });
  await checkSpace(input, plan.activeHost);
  const results: PartResult[] = [];
  for (const part of plan.parts) {
    results.push(await backUpSet(input, part, plan.hosts));
    show(results);
  }
  return results;
}

/** The product's 20 GB and 600 GB rules, on the active management host, whatever the target (product facts §2). */
async function checkSpace({ cluster, source }: BackUpPartInput, activeHost: string | undefined): Promise<void> {
  if (activeHost === undefined) return;
  const { freeLocalBytes, maxLocalBytes } = cluster.settings;
  const rule = {
    cluster: cluster.id,
    source: asMetadata(source.source),
    target: source.target,
    freeLocalBytes,
    maxLocalBytes,
  };
  await hostSteps(activeHost, cluster.settings).checkSpace(rule);
}

async function backUpSet(input: BackUpPartInput, part: PlannedPart, hosts: readonly string[]): Promise<PartResult> {
  const { source } = input.source;
  try {
    return await onFirstLiveHost(hosts, (host, waitForHost) => backUpOn(host, input, part, waitForHost));
  } catch (error) {
    return failedResult(source, error, part.part);
  }
}

async function backUpOn(
  host: string,
  input: BackUpPartInput,
  part: PlannedPart,
  waitForHost: WaitForHost,
): Promise<PartResult> {
  const step = stepOf(input, part);
  const steps = hostSteps(host, input.cluster.settings, waitForHost);
  try {
    const standing = await steps.dumpSource(step);
    if (standing !== undefined) return standing;
    await steps.archiveDump(step);
    await steps.storeArchive(step);
    const { result, surplus } = await steps.commitSet(step);
    const pruned = await prune(hostSteps(host, input.cluster.settings), { ...step, surplus });
    return { ...result, notes: [...(result.notes ?? []), ...pruned] };
  } finally {
    await CancellationScope.nonCancellable(() => steps.releaseBackUp(step));
  }
}

function stepOf(input: BackUpPartInput, { part, writtenAs }: PlannedPart): BackUpStep {
  return { ...sourceStep(input), source: asMetadata(input.source.source), part, writtenAs };
}
