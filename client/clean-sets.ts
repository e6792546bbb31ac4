import { randomUUID } from 'node:crypto';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { BackupError } from '../model/errors';
import { workflowTypes } from '../model/messages';
import { queues } from '../model/names';
import type { FoundRemains } from '../model/remains';
import type { TargetSpec } from '../model/task';
import type { CleanedTarget, cleanSets } from '../workflows/clean-sets';
import { refused } from './ask';
import { lastKnownState, type Site } from './cluster-state';
import { resultOfErrand } from './errand';
import { failureOf } from './failures';
import { placesOf, type SetsOptions, type Unreachable } from './find-sets';
import { chooseCluster } from './known-clusters';
import { targetText } from './words';
import { requireReach } from './workers-there';

export interface CleanOptions extends Pick<SetsOptions, 'cluster' | 'task' | 'target'> {
  /** Without it what could be removed is only told. */
  readonly remove?: boolean | undefined;
  /** From which host. Default: the first live one that reaches the target. */
  readonly host?: string | undefined;
  /** From each host that reaches it: on `localDir` each has remains of its own. */
  readonly allHosts?: boolean | undefined;
  /** Called for each target that cannot be looked at while others can. Without it, that is thrown. */
  readonly onUnreachable?: ((place: Unreachable) => void) | undefined;
}

/** What unfinished runs and checks left on one target, as seen from one host. */
export interface Cleaned {
  readonly target: TargetSpec;
  readonly host: string;
  readonly found: FoundRemains;
}

/**
 * Tells what unfinished runs and checks of a cluster left on its targets, or removes it. `conflict` while a run goes on: that is
 * thrown, and nothing more is looked at.
 */
export async function cleanSetsOf(site: Site, options: CleanOptions): Promise<Cleaned[]> {
  const cluster = await chooseCluster(site.client, options.cluster);
  const state = await lastKnownState(site, cluster);
  const targets = [...new Map(placesOf(state, options).map(({ target }) => [JSON.stringify(target), target])).values()];
  const cleaned: Cleaned[] = [];
  const unreachable: Unreachable[] = [];
  for (const target of targets) {
    try {
      await requireReach(site.client, state.cluster, target);
      for await (const one of cleanedFrom(site.client, cluster, target, options)) cleaned.push(one);
    } catch (error) {
      unreachable.push({ target, error: reasonAt(target, error) });
    }
  }
  const { onUnreachable } = options;
  const [first] = unreachable;
  if (first !== undefined && (onUnreachable === undefined || cleaned.length === 0)) throw first.error;
  unreachable.forEach((place) => onUnreachable?.(place));
  return cleaned;
}

async function* cleanedFrom(
  client: Client,
  cluster: string,
  target: TargetSpec,
  { host, allHosts, remove = false }: CleanOptions,
): AsyncGenerator<Cleaned> {
  const waiting: (string | undefined)[] = [host];
  for (let isFirst = true; waiting.length > 0; isFirst = false) {
    const next = waiting.shift();
    const cleaned = await cleanFrom(client, { cluster, target, remove, ...(next !== undefined && { host: next }) });
    if (isFirst && allHosts === true) waiting.push(...cleaned.hosts.filter((other) => other !== cleaned.host));
    if ('busy' in cleaned.found) throw refused('inUse', cleaned.found.busy);
    yield { target, host: cleaned.host, found: cleaned.found };
  }
}

async function cleanFrom(client: Client, input: Parameters<typeof cleanSets>[0]): Promise<CleanedTarget> {
  const { cluster, target, remove } = input;
  const handle = await client.workflow.start<typeof cleanSets>(workflowTypes.cleanSets, {
    workflowId: `clean/${cluster}/${randomUUID()}`,
    taskQueue: queues.control,
    args: [input],
    workflowExecutionTimeout: '1 hour',
    staticSummary: `${remove ? 'remove' : 'list'} what unfinished runs left on ${target.kind} of cluster ${cluster}`,
  });
  return await resultOfErrand(client, handle);
}

/** Why a target could not be cleaned; a refusal of the cluster holds for all targets, what is no fault of the target's too. */
function reasonAt(target: TargetSpec, error: unknown): BackupError {
  const reason = error instanceof WorkflowFailedError ? failureOf(error, '') : error;
  if (!(reason instanceof BackupError) || reason.context['refusal'] !== undefined) throw error;
  const what = `${targetText(target)} cannot be cleaned: ${reason.what}`;
  return new BackupError(reason.kind, what, reason.context, { cause: error });
}
