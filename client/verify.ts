import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { workflowTypes } from '../model/messages';
import { queues, workflowIds } from '../model/names';
import type { Verification, VerifyLevel } from '../model/set';
import type { TargetSpec } from '../model/task';
import type { verifySets } from '../workflows/sets';
import { findChosen, type SetChoice } from './choose-sets';
import { type Site } from './cluster-state';
import { chooseCluster } from './known-clusters';
import { resultOfErrand } from './errand';
import { isDamaged, type LocatedSet, type SetsOptions } from './find-sets';

export interface VerifyOptions extends SetChoice, Pick<SetsOptions, 'cluster' | 'target'> {
  /** Default: `content`, every byte is read and hashed. */
  readonly level?: VerifyLevel | undefined;
  /** Called with each set's finding. */
  readonly onVerified?: ((found: Verification) => void) | undefined;
}

/** Looks whether sets can be relied on, one after the other. What is wrong with a set is a finding, not an error. */
export async function verify(site: Site, options: VerifyOptions): Promise<Verification[]> {
  const { client } = site;
  const cluster = await chooseCluster(client, options.cluster);
  const sets = await findChosen(site, { cluster, target: options.target }, options);
  const found: Verification[] = [];
  for (const set of sets) {
    const verification = await verifyOne(client, cluster, set, options.level ?? 'content');
    options.onVerified?.(verification);
    found.push(verification);
  }
  return found;
}

/** One verification of a set where it lies goes on at a time; one that somebody else asked for is joined, and repeated if it looked less deep. */
async function verifyOne(client: Client, cluster: string, set: LocatedSet, level: VerifyLevel): Promise<Verification> {
  for (;;) {
    const found = await execute(client, cluster, set, level);
    if (level === 'structure' || found.level === level) return found;
  }
}

/** A copy of a set has its name on another target: the kind is for people, the digest tells one place from another. */
function placeOf(target: TargetSpec): string {
  const digest = createHash('sha256').update(JSON.stringify(target, inOrder)).digest('hex');
  return `${target.kind}-${digest.slice(0, 8)}`;
}

/** For `JSON.stringify`: the same target gives the same text, however it was written down. */
function inOrder(_key: string, value: unknown): unknown {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value;
}

async function execute(client: Client, cluster: string, set: LocatedSet, level: VerifyLevel): Promise<Verification> {
  const owner = isDamaged(set) ? {} : { owner: set.cluster };
  const handle = await client.workflow.start<typeof verifySets>(workflowTypes.verifySets, {
    workflowId: workflowIds.verify(cluster, set.name.replaceAll('/', ':'), placeOf(set.target)),
    taskQueue: queues.control,
    args: [{ cluster, target: set.target, names: [set.name], level, ...owner }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowExecutionTimeout: '7 days',
    staticSummary: `verify ${level} of ${set.name}`,
  });
  const [found] = await resultOfErrand(client, handle);
  return found!;
}
