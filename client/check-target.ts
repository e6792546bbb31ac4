import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Progress } from '../model/control';
import { BackupError } from '../model/errors';
import { labelAt } from '../model/label';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import { type CaseResult, type CheckedSoFar, type CheckSettings, usualCheck } from '../model/target-check';
import type { TargetSpec } from '../model/task';
import type { CheckedTarget, checkTarget } from '../workflows/check-target';
import { lastKnownState, type Site } from './cluster-state';
import { resultOfErrand } from './errand';
import { chooseCluster } from './known-clusters';
import { decodePayloads } from './payloads';
import { backupTaskOf, targetOfTask } from './target-of-task';
import { requireReach } from './workers-there';

export interface CheckTargetOptions extends Partial<CheckSettings> {
  readonly cluster?: string | undefined;
  /** Which target: this one, or that of an applied task. */
  readonly target?: TargetSpec | undefined;
  readonly task?: string | undefined;
  /** Of a task that has several targets. */
  readonly source?: string | undefined;
  /** From which host. Default: the first live one that reaches the target. */
  readonly host?: string | undefined;
  /** From each host that reaches it, one after the other. */
  readonly allHosts?: boolean | undefined;
  /** Called before a host begins, where several do. */
  readonly onHost?: ((host: string) => void) | undefined;
  /** Called with what became of each case, seconds after it was asked. */
  readonly onCase?: ((result: CaseResult) => void) | undefined;
  /** Stops the check; its folder is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** What a check found from one host. */
export interface TargetCheckView extends Omit<CheckedTarget, 'hosts'> {
  readonly cluster: string;
  readonly target: TargetSpec;
}

/** Tries on a target what every target promises, by workers that reach it. What is found is told, not thrown. */
export async function checkTargetOf(site: Site, options: CheckTargetOptions): Promise<TargetCheckView[]> {
  const cluster = await chooseCluster(site.client, options.cluster);
  const state = await lastKnownState(site, cluster);
  const target = targetOf(options) ?? targetOfTask(backupTaskOf(state, options.task ?? ''), options.source);
  await requireReach(site.client, state.cluster, target);
  const views: TargetCheckView[] = [];
  const from = async (host: string | undefined) => {
    const { hosts, ...checked } = await checkFrom(site.client, { cluster, target }, host, options);
    views.push({ cluster, target, ...checked });
    return hosts.filter((other) => other !== checked.host);
  };
  const others = await from(options.host);
  if (options.allHosts === true)
    for (const host of others) {
      options.onHost?.(host);
      await from(host);
    }
  return views;
}

function targetOf({ target, task }: CheckTargetOptions): TargetSpec | undefined {
  if ((target === undefined) !== (task === undefined)) return target;
  throw new BackupError('invalid', 'it is not said which target', { hint: 'name a target, or a task with --task' });
}

async function checkFrom(
  client: Client,
  place: { readonly cluster: string; readonly target: TargetSpec },
  host: string | undefined,
  { mib = usualCheck.mib, caseSeconds = usualCheck.caseSeconds, onCase, signal }: CheckTargetOptions,
): Promise<CheckedTarget> {
  const check = `${labelAt(Date.now())}-${randomBytes(4).toString('hex')}`;
  const handle = await client.workflow.start<typeof checkTarget>(workflowTypes.checkTarget, {
    workflowId: workflowIds.check(place.cluster, check),
    taskQueue: queues.control,
    args: [{ ...place, check, settings: { mib, caseSeconds }, ...(host !== undefined && { host }) }],
    workflowExecutionTimeout: '12 hours',
    staticSummary: `check ${place.target.kind} of cluster ${place.cluster}`,
  });
  const told = new Set<string>();
  const tell = (cases: readonly CaseResult[]) => {
    for (const result of cases.filter(({ name }) => !told.has(name))) {
      told.add(result.name);
      onCase?.(result);
    }
  };
  const over = new AbortController();
  const following = onCase === undefined ? undefined : follow(client, handle, tell, over.signal);
  try {
    const checked = await Promise.race([resultOfErrand(client, handle), stopped(handle, signal)]);
    over.abort();
    await following;
    tell(checked.found.cases);
    return checked;
  } finally {
    over.abort();
  }
}

const lookEveryMs = 1000;

/** The step's heartbeats tell how far it is. */
async function follow(
  client: Client,
  handle: WorkflowHandle,
  tell: (cases: readonly CaseResult[]) => void,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await sleep(lookEveryMs, undefined, { signal: over }).catch(() => undefined);
    const about = await handle.describe().catch(() => undefined);
    const [step] = about?.raw.pendingActivities ?? [];
    const [beat] = (await decodePayloads(client, step?.heartbeatDetails?.payloads)) as [Progress?];
    if (!over.aborted) tell((beat?.resume as CheckedSoFar | undefined)?.cases ?? []);
  }
}

async function stopped(handle: WorkflowHandle, signal: AbortSignal | undefined): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  await handle.cancel();
  throw new BackupError('cancelled', 'the check is stopped; its worker removes the folder', {
    hint: '"cairn sets clean" finds what may be left',
  });
}
