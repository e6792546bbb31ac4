import { CancellationScope } from '@temporalio/workflow';
import type { Committed } from '../activities/back-up';
import type { BackUpStep, PlannedPart } from '../activities/plan';
import { asMetadata } from '../model/kinds';
import type { BackUpPartInput, PartResult } from '../model/run';
import { asNote, failedResult, withNotes } from './outcome';
import { openPartPage } from './part-page';
import { prune } from './prune';
import { sourceStep } from './source-step';
import { controlSteps, hostSteps, type WaitForHost } from './steps';
import { hostIsLostAfter, isHostLost, onFirstLiveHost } from './hosts';

/**
 * A source's part of a backup run: for each of its sets dump → archive → upload → read back → commit → release,
 * then retention. A set whose manifest stands already under this label is done: the run was repeated.
 */
export async function backUpPart(input: BackUpPartInput): Promise<PartResult[]> {
  const show = openPartPage(input);
  const plan = await controlSteps(input.cluster.settings).planBackUp({
    cluster: input.cluster.id,
    source: input.source,
    hosts: input.cluster.hosts,
  });
  const { activeHost, managementHosts = activeHost === undefined ? [] : [activeHost] } = plan;
  const { lost, notes } = await checkSpace(input, managementHosts);
  const hosts = [
    ...plan.hosts.filter((host) => !lost.includes(host)),
    ...plan.hosts.filter((host) => lost.includes(host)),
  ];
  const results: PartResult[] = [];
  for (const part of plan.parts) {
    const result = await backUpSet(input, part, hosts);
    results.push(notes.length === 0 ? result : withNotes(result, notes));
    show(results);
  }
  return results;
}

/**
 * The product's 20 GB and 600 GB rules, on the active management host, whatever the target (product facts §2). Where none of
 * them answers, a backup to elsewhere is wanted more than ever: that is but a note.
 */
async function checkSpace(
  { cluster, source }: BackUpPartInput,
  managementHosts: readonly string[],
): Promise<{ lost: readonly string[]; notes: readonly string[] }> {
  const { freeLocalBytes, maxLocalBytes } = cluster.settings;
  const rule = {
    cluster: cluster.id,
    source: asMetadata(source.source),
    target: source.target,
    freeLocalBytes,
    maxLocalBytes,
  };
  const lost: string[] = [];
  for (const host of managementHosts) {
    try {
      await hostSteps(host, cluster.settings, { scheduleToStartTimeout: hostIsLostAfter }).checkSpace(rule);
      return { lost, notes: [] };
    } catch (error) {
      if (!isHostLost(error)) throw error;
      lost.push(host);
    }
  }
  const note = `the space in LocalBackup was not looked at: no worker answered on ${lost.join(', ')}`;
  return { lost, notes: lost.length === 0 ? [] : [note] };
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
  const retaining = step.target.kind === 'localDir' ? hostSteps(host, input.cluster.settings) : steps;
  const made = await make(steps, step, retaining).catch(async (error: unknown) => {
    await release(isHostLost(error) ? hostSteps(host, input.cluster.settings, briefly) : steps, step);
    throw error;
  });
  const left = await release(steps, step);
  return left.length === 0 ? made : { ...made, notes: [...(made.notes ?? []), ...left] };
}

/** A host that was waited for in vain is not waited for as long once more: its worker clears its spool at its start. */
const briefly = { scheduleToStartTimeout: '10 seconds' } as const;

type Steps = ReturnType<typeof hostSteps>;

/** The set stands once it is committed. On the disk of a host its retention waits for that; elsewhere it is left to the next run. */
async function make(steps: Steps, step: BackUpStep, retaining: Steps): Promise<PartResult> {
  const { result, surplus } = (await standingSet(steps, step)) ?? (await newSet(steps, step));
  const pruned = await prune(retaining, { ...step, surplus });
  return { ...result, notes: [...(result.notes ?? []), ...pruned] };
}

/** The set that the run has made before, when it is repeated. Older versions answered what became of it alone. */
async function standingSet(steps: Steps, step: BackUpStep): Promise<Committed | undefined> {
  const standing: Committed | PartResult | undefined = await steps.dumpSource(step);
  if (standing === undefined) return undefined;
  return 'result' in standing ? standing : { result: standing, surplus: [] };
}

async function newSet(steps: Steps, step: BackUpStep): Promise<Committed> {
  await steps.archiveDump(step);
  await steps.storeArchive(step);
  return await steps.commitSet(step);
}

async function release(steps: Steps, step: BackUpStep): Promise<string[]> {
  return await asNote('what the run left in the spool, or on the target, could not be cleared', () =>
    CancellationScope.nonCancellable(() => steps.releaseBackUp(step)),
  );
}

function stepOf(input: BackUpPartInput, { part, writtenAs }: PlannedPart): BackUpStep {
  return { ...sourceStep(input), source: asMetadata(input.source.source), part, writtenAs };
}
