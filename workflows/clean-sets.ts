import { CancellationScope, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Busy, FoundRemains } from '../model/remains';
import { workflowIds } from '../model/names';
import { productSettings } from '../model/settings';
import type { PlaceInput } from './sets';
import { askCluster } from './ask-cluster';
import { chosenHost } from './check-target';
import { clusterAttribute } from './labels';
import { controlSteps, hostSteps } from './steps';

export interface CleanSetsInput extends PlaceInput {
  /** From which host; the first live one that reaches the target when absent. */
  readonly host?: string;
  /** Else it is only told. */
  readonly remove: boolean;
}

export interface CleanedTarget {
  readonly host: string;
  /** All that reach the target, live ones first. */
  readonly hosts: readonly string[];
  readonly found: FoundRemains | Busy;
}

const settings = { ...productSettings, attempts: 3 };
const waitForHost = { scheduleToStartTimeout: '20 seconds' } as const;
/** Longer than removing may take; ends by itself where this ends before. */
const pausedSeconds = 900;

/** Tells what unfinished runs and checks left on a target, or removes it: then no run of the cluster starts meanwhile. */
export async function cleanSets(input: CleanSetsInput): Promise<CleanedTarget> {
  const { cluster, target } = input;
  upsertSearchAttributes(clusterAttribute(cluster));
  const hosts = await controlSteps(productSettings).targetHosts({ cluster, target });
  const host = chosenHost(input, hosts);
  const steps = hostSteps(host, settings, waitForHost);
  const step = { cluster, target };
  const found = input.remove
    ? await whilePaused(cluster, () => steps.cleanTarget(step))
    : await steps.findRemains(step);
  return { host, hosts, found };
}

async function whilePaused<T>(cluster: string, work: () => Promise<T>): Promise<T | Busy> {
  const { workflowId, runId } = workflowInfo();
  const [asked, owner] = [workflowIds.cluster(cluster), `"cairn sets clean" (${workflowId})`];
  const answer = await askCluster(asked, `pause-${runId}`, { do: 'pause', owner, seconds: pausedSeconds });
  if (!answer.accepted) return { busy: answer.message };
  try {
    return await work();
  } finally {
    await CancellationScope.nonCancellable(() => askCluster(asked, `resume-${runId}`, { do: 'resume', owner }));
  }
}
