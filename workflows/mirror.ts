import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { MirrorReport } from '../model/mirror';
import { workflowIds } from '../model/names';
import type { Settings } from '../model/settings';
import { askCluster } from './ask-cluster';
import { isHostLost } from './hosts';
import { clusterAttribute } from './labels';
import { plain } from './markdown';
import { reasonOf } from './outcome';
import { controlSteps, mirrorSteps } from './steps';

export interface MirrorInput {
  readonly cluster: string;
  /** A management host. */
  readonly host: string;
  readonly settings: Settings;
}

/**
 * Makes the LocalBackup of a management host equal to that of the active one, and tells the cluster how that went; nothing
 * is done on the active one itself. Nobody waits for it, and no run depends on it.
 */
export async function mirror(input: MirrorInput): Promise<MirrorReport> {
  upsertSearchAttributes(clusterAttribute(input.cluster));
  const report = await look(input);
  setCurrentDetails(detailsOf(report));
  await askCluster(workflowIds.cluster(input.cluster), `mirrored/${input.host}`, { do: 'mirrored', report });
  return report;
}

async function look({ cluster, host, settings }: MirrorInput): Promise<MirrorReport> {
  const { active, quiet } = await controlSteps(settings).findActiveHost({ cluster });
  if (active === host) return { host, of: host };
  const onStandby = mirrorSteps(host, settings);
  const step = { cluster, from: active, tidy: quiet };
  try {
    const found = await onStandby.mirrorSets(step);
    if (found.ahead === 0) return reportOf(host, active, found);
    const caughtUp = await catchUp({ cluster, host, settings }, active, found.ahead);
    return caughtUp ?? reportOf(host, active, await onStandby.mirrorSets(step));
  } catch (error) {
    return failed(host, active, host, error);
  }
}

/** The active host fetches what only the other one has. Answers what went wrong. */
async function catchUp(
  { cluster, host, settings }: MirrorInput,
  active: string,
  sets: number,
): Promise<MirrorReport | undefined> {
  try {
    const { problems } = await mirrorSteps(active, settings).catchUp({ cluster, from: host, tidy: false });
    return problems.length === 0 ? undefined : lacking(problems.join('; '));
  } catch (error) {
    return lacking(failed(host, active, active, error).reason!);
  }

  function lacking(why: string): MirrorReport {
    return { host, of: active, reason: `${sets} of its sets are not on ${active} yet: ${why}` };
  }
}

function reportOf(
  host: string,
  of: string,
  { behind, ahead, problems }: { behind: number; ahead: number; problems: readonly string[] },
): MirrorReport {
  const reasons = ahead === 0 ? problems : [...problems, `${ahead} of its sets are not on ${of} yet`];
  return { host, of, behind, ...(reasons.length > 0 && { reason: reasons.join('; ') }) };
}

function failed(host: string, of: string, on: string, error: unknown): MirrorReport {
  const { reason, errorKind } = reasonOf(error);
  if (errorKind === 'cancelled') throw error;
  return { host, of, reason: isHostLost(error) ? `no worker runs on ${on}` : reason };
}

function detailsOf({ host, of, behind, reason }: MirrorReport): string {
  if (host === of) return `**${plain(host)}** is the active host.`;
  if (reason === undefined) return `LocalBackup of **${plain(host)}** is equal to that of ${plain(of)}.`;
  const lag = behind === undefined ? '' : ` (${behind} sets behind)`;
  return `LocalBackup of **${plain(host)}** is not equal to that of ${plain(of)}${lag}: ${plain(reason)}`;
}
