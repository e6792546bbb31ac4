import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ListedSet } from '../activities/sets';
import { workflowIds } from '../model/names';
import type { Verification, VerifyLevel } from '../model/set';
import { productSettings } from '../model/settings';
import type { TargetSpec } from '../model/task';
import { bytesText } from '../model/text';
import { whileHeld } from './hold';
import { clusterAttribute } from './labels';
import { code, cut, fitting, plain } from './markdown';
import { controlSteps, hostSteps } from './steps';

/** A reader of a target that is no run: which cluster's workers reach it, and where. */
export interface PlaceInput {
  readonly cluster: string;
  readonly target: TargetSpec;
}

export interface ListSetsInput extends PlaceInput {
  /** Only what lies below; '' lists everything on the target. */
  readonly prefix: string;
  /** The last name of the page before. */
  readonly after?: string;
}

export interface ListSetsPage {
  readonly sets: readonly ListedSet[];
  /** There is more: ask again after this name. */
  readonly next?: string;
}

/** Lists sets on a target, a page at a time, so that no answer outgrows a payload. */
export async function listSets(input: ListSetsInput): Promise<ListSetsPage> {
  return await hostSteps(await liveHost(input), productSettings).listSets(input);
}

export interface VerifySetsInput extends PlaceInput {
  readonly names: readonly string[];
  readonly level: VerifyLevel;
  /** The cluster that owns the sets, when it is known. */
  readonly owner?: string;
}

/** Verifies sets, one after the other; their owner is asked to leave them alone meanwhile. */
export async function verifySets(input: VerifySetsInput): Promise<Verification[]> {
  const steps = hostSteps(await liveHost(input), productSettings);
  const owner = input.owner === undefined ? undefined : workflowIds.cluster(input.owner);
  const key = `hold/${workflowInfo().runId}`;
  upsertSearchAttributes(clusterAttribute(input.cluster));
  return await whileHeld({ owner, key, sets: input.names }, async () => {
    const found: Verification[] = [];
    for (const name of input.names) {
      found.push(await steps.verifySet({ ...input, name }));
      setCurrentDetails(verifiedPage(found, input.names.length));
    }
    return found;
  });
}

function verifiedPage(found: readonly Verification[], all: number): string {
  const items = found.map(({ name, level, bytesRead, problems }) => {
    const finding = problems.length === 0 ? 'sound' : `**not sound**: ${plain(cut(problems.join('; '), 1500))}`;
    return `- ${code(name)} ${finding} (${level}, ${bytesText(bytesRead)} read)`;
  });
  const { lines, left } = fitting(items, 15_000);
  return [`Verified ${found.length} of ${all}`, '', ...lines, ...(left === 0 ? [] : [`- … and ${left} more`])].join(
    '\n',
  );
}

/** The first live host that reaches the target. */
async function liveHost({ cluster, target }: PlaceInput): Promise<string> {
  const [host] = await controlSteps(productSettings).targetHosts({ cluster, target });
  return host!;
}
