import type { BackUpActivities } from '../activities/back-up';
import type { ClusterActivities } from '../activities/cluster';
import type { PlanActivities } from '../activities/plan';
import type { RestoreActivities } from '../activities/restore';
import type { SetActivities } from '../activities/sets';
import type { SpaceActivities } from '../activities/space';

export type ControlActivities = ClusterActivities & PlanActivities;
export type HostActivities = BackUpActivities & RestoreActivities & SetActivities & SpaceActivities;

/** For each step, made from its input: the line by which people know it in the Temporal UI. */
export type Summaries<Steps> = {
  readonly [name in keyof Steps]: Steps[name] extends (input: infer Input) => unknown
    ? (input: Input) => string
    : never;
};

export const controlSummaries: Summaries<ControlActivities> = {
  awaitRun: ({ cluster }) => `wait for the end of run/${cluster}`,
  planBackUp: ({ source }) => `plan: which sets of ${source.source} to make, and on which host`,
  planRestore: ({ source, sets }) => `plan: on which hosts to restore ${count(sets.length, 'set')} of ${source}`,
  targetHosts: ({ target }) => `find the hosts that reach ${target.kind}`,
};

export function hostSummaries(host: string): Summaries<HostActivities> {
  return {
    checkSpace: ({ source }) => `check the space for ${source} in LocalBackup of host ${host}`,

    dumpSource: (step) => `dump ${nameOf(step)} on host ${host}`,
    archiveDump: (step) => `archive the dump of ${nameOf(step)} on host ${host}`,
    storeArchive: (step) => `upload ${nameOf(step)} to ${step.target.kind} from host ${host}, read it back`,
    commitSet: (step) => `commit the set of ${nameOf(step)}: write its manifest`,
    releaseBackUp: (step) => `release ${nameOf(step)}: clear the spool of host ${host}`,
    removeSets: (step) => `remove ${count(step.sets.length, 'set')} of ${nameOf(step)} beyond ${step.copies} kept`,

    fetchSet: (step) =>
      `fetch the set of ${nameOf(step)} from ${step.set.target.kind} to host ${host}: ${step.set.name}`,
    checkLoad: (step) => `check that ${nameOf(step)} can be restored on host ${host}`,
    loadSet: (step) => `load: put ${nameOf(step)} live on host ${host}`,
    revertLoad: (step) => `revert: bring back ${nameOf(step)} as it was before on host ${host}`,
    forgetBefore: (step) => `drop what was kept of ${nameOf(step)} from earlier restorations on host ${host}`,
    releaseRestore: (step) => `release ${nameOf(step)}: clear the spool of host ${host}`,

    listSets: ({ target, prefix }) => `list sets on ${target.kind} ${prefix && `below ${prefix} `}from host ${host}`,
    verifySet: ({ name, level }) => `verify the ${level} of ${name} from host ${host}`,
    findCreation: ({ task, target }) => `look for older sets of task ${task} on ${target.kind} from host ${host}`,
    removeRemains: ({ task, label }) => `clear what run ${label} of task ${task} left on host ${host}`,
  };
}

function nameOf({ source, part }: { readonly source: string; readonly part: string }): string {
  return `${source} ${part}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
