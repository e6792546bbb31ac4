import { ApplicationFailure, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { TargetFinding } from '../model/target-check';
import type { CheckStep } from '../activities/check-target';
import { productSettings } from '../model/settings';
import { isHostLost } from './hosts';
import { clusterAttribute } from './labels';
import { code, plain, table } from './markdown';
import { controlSteps, hostSteps } from './steps';

export interface CheckTargetInput extends CheckStep {
  /** From which host; the first live one that reaches the target when absent. */
  readonly host?: string;
}

export interface CheckedTarget {
  readonly host: string;
  /** All that reach the target, live ones first. */
  readonly hosts: readonly string[];
  readonly found: TargetFinding;
}

/** Somebody waits for it: what fails is told at once. A worker that is killed is noticed after the heartbeat's time, and another attempt goes on. */
const settings = { ...productSettings, attempts: 3, heartbeatSeconds: 9 };
const options = {
  scheduleToStartTimeout: '20 seconds',
  // Else the workflow would be gone when the step hears of it, which then leaves its folder to another attempt.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const;

/** Tries on a target what every target promises, in a folder of its own, from one host. */
export async function checkTarget(input: CheckTargetInput): Promise<CheckedTarget> {
  const { cluster, target, check } = input;
  upsertSearchAttributes(clusterAttribute(cluster));
  const hosts = await controlSteps(productSettings).targetHosts({ cluster, target });
  const host = chosenHost(input, hosts);
  try {
    const step = { cluster, target, check, settings: input.settings };
    const found = await hostSteps(host, settings, options).checkTarget(step);
    setCurrentDetails(pageOf(host, found));
    return { host, hosts, found };
  } catch (error) {
    if (!isHostLost(error)) throw error;
    const reason = `no worker of host ${host} took it up HINT: start one there, or name another host with --host`;
    return { host, hosts, found: { folder: '', problem: { kind: 'unavailable', reason }, cases: [] } };
  }
}

/** The named host, or the first; one that does not reach the target ends the workflow as `invalid`. */
export function chosenHost(
  { host, target }: Pick<CheckTargetInput, 'host' | 'target'>,
  hosts: readonly string[],
): string {
  const chosen = host ?? hosts[0];
  if (chosen !== undefined && hosts.includes(chosen)) return chosen;
  const message =
    chosen === undefined
      ? `no host reaches ${target.kind}`
      : `host ${chosen} does not reach ${target.kind} HINT: these do: ${hosts.join(', ')}`;
  throw ApplicationFailure.create({ message, type: 'invalid', nonRetryable: true });
}

function pageOf(host: string, { folder, problem, cases, left }: TargetFinding): string {
  const failed = cases.filter(({ outcome }) => outcome === 'failed');
  const count = (outcome: string) => cases.filter((one) => one.outcome === outcome).length;
  return [
    `From host ${plain(host)}, in ${code(folder)}: ${count('ok')} ok, ${failed.length} failed, ${count('notAsked')} not asked`,
    ...(problem === undefined ? [] : ['', plain(problem.reason)]),
    ...(failed.length === 0
      ? []
      : [
          '',
          ...table(
            ['failed', 'why'],
            failed.map(({ name, why = '' }) => [plain(name), plain(why)]),
          ),
        ]),
    ...(left === undefined ? [] : ['', `The folder could not be removed: ${plain(left)}`]),
  ].join('\n');
}
