import { CancellationScope } from '@temporalio/workflow';
import type { BackUpDataStep } from '../activities/data-step';
import type { Resolved } from '../model/hdfs-rows';
import { asData } from '../model/kinds';
import type { BackUpPartInput, PartResult } from '../model/run';
import type { TaskSource } from '../model/task';
import { hostsFrom, isHostLost, onFirstLiveHost } from './hosts';
import { asNote, failedResult, withNotes } from './outcome';
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
      begins: true,
      hosts: input.cluster.hosts,
    });
    const step: BackUpDataStep = { ...sourceStep(input), source };
    const { paths, notes } = hasRows(input.source)
      ? await resolve(hosts, input, step)
      : { paths: undefined, notes: [] };
    const taken = paths === undefined ? step : { ...step, paths };
    const result = await onFirstLiveHost(hosts, (host, waitForHost) =>
      backUpOn(hostsFrom(hosts, host), input, taken, waitForHost),
    );
    return withNotes(result, notes);
  } catch (error) {
    return failedResult(source, error);
  }
}

/** On the first of the hosts; the others are asked to clear up behind it when it is lost by then. */
async function backUpOn(
  hosts: readonly string[],
  input: BackUpPartInput,
  step: BackUpDataStep,
  waitForHost: WaitForHost,
): Promise<PartResult> {
  const steps = hostSteps(hosts[0]!, input.cluster.settings, waitForHost);
  const made = await make(steps, step).catch(async (error: unknown) => {
    // What it made lies in the cluster and on the target: the next host goes on with it.
    if (!isHostLost(error)) await release(hosts, input, step);
    throw error;
  });
  const left = await release(hosts, input, step);
  const { part } = made.result;
  const pruned = await prune(steps, { ...step, part, surplus: made.surplus });
  return withNotes({ ...made.result, notes: [...(made.result.notes ?? []), ...left, ...pruned] }, made.notes);
}

/** Once for the whole run, before a host is chosen: its directories are the same when another host goes on. */
async function resolve(hosts: readonly string[], input: BackUpPartInput, step: BackUpDataStep): Promise<Resolved> {
  return await onFirstLiveHost(hosts, (host, waitForHost) =>
    hostSteps(host, input.cluster.settings, waitForHost).resolveData(step),
  );
}

function hasRows({ entry }: TaskSource): boolean {
  return 'rows' in entry && entry.rows !== undefined;
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

async function release(
  hosts: readonly string[],
  { cluster }: BackUpPartInput,
  step: BackUpDataStep,
): Promise<string[]> {
  return await asNote('what the run left could not be cleared', () =>
    CancellationScope.nonCancellable(() =>
      onFirstLiveHost(hosts, (host, wait) => hostSteps(host, cluster.settings, wait).releaseData(step)),
    ),
  );
}

/** What differs is copied once more: somebody may have written to the target meanwhile. */
async function copyAndCompare(steps: Steps, step: BackUpDataStep, parts: number): Promise<void> {
  for (const again of [false, true]) {
    const groups = partGroups(parts);
    for (const group of groups) await steps.copyData({ ...step, again, parts: group, among: groups.length });
    if (await steps.compareData({ ...step, again })) return;
  }
}
