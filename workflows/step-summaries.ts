import type { BackUpActivities } from '../activities/back-up';
import type { BackUpDataActivities } from '../activities/back-up-data';
import type { CheckActivities } from '../activities/check-target';
import type { CleanActivities } from '../activities/clean-sets';
import type { ClusterActivities } from '../activities/cluster';
import type { ActiveHostActivities, MirrorActivities } from '../activities/mirror';
import type { NotifyActivities } from '../activities/notify';
import type { PauseActivities } from '../activities/pause-clusters';
import type { PlanActivities } from '../activities/plan';
import type { ReleaseActivities } from '../activities/release-task';
import type { ResolveDataActivities } from '../activities/resolve-data';
import type { RestoreActivities } from '../activities/restore';
import type { RestoreDataActivities } from '../activities/restore-data';
import type { ScheduleActivities } from '../activities/schedules';
import type { SetActivities } from '../activities/sets';
import type { SpaceActivities } from '../activities/space';
import type { VolumeActivities } from '../activities/volume';

export type ControlActivities = ActiveHostActivities &
  ClusterActivities &
  PauseActivities &
  PlanActivities &
  ScheduleActivities;
export type HostActivities = BackUpActivities &
  BackUpDataActivities &
  CheckActivities &
  CleanActivities &
  ResolveDataActivities &
  RestoreActivities &
  RestoreDataActivities &
  MirrorActivities &
  ReleaseActivities &
  SetActivities &
  SpaceActivities &
  VolumeActivities;

/** For each step, made from its input: the line by which people know it in the Temporal UI. */
export type Summaries<Steps> = {
  readonly [name in keyof Steps]: Steps[name] extends (input: infer Input) => unknown
    ? (input: Input) => string
    : never;
};

export const controlSummaries: Summaries<ControlActivities> = {
  findActiveHost: ({ cluster }) => `find the active management host of cluster ${cluster}`,
  awaitRun: ({ cluster }) => `wait for the end of run/${cluster}`,
  pauseClusters: ({ owner }) => `pause the queues of all clusters for ${owner}, wait until none runs`,
  keepPaused: ({ owner }) => `keep the queues of all clusters paused for ${owner}`,
  resumeClusters: ({ owner }) => `let the queues of all clusters go on after ${owner}`,
  planBackUp: ({ source }) => `plan: which sets of ${source.source} to make, and on which host`,
  planData: ({ source, target }) => `plan: which hosts serve ${source}${target ? ` and reach ${target.kind}` : ''}`,
  planRestore: ({ source, sets }) => `plan: on which hosts to restore ${count(sets.length, 'set')} of ${source}`,
  syncSchedules: ({ tasks, all }) =>
    all ? 'compare all schedules with the tasks' : `make the schedule of ${tasks.map(({ task }) => task).join(', ')}`,
  targetHosts: ({ target }) => `find the hosts that reach ${target.kind}`,
};

export const channelSummaries: Summaries<NotifyActivities> = {
  deliver: ({ channel, notification }) => `deliver ${notification.type} through ${channel}`,
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

    resolveData: ({ source, label }) => `resolve the rows of ${source} for run ${label}: which directories it takes`,
    freezeData: (step) => `check and freeze ${step.source} for run ${step.label}, from host ${host}`,
    listData: (step) => `list what was frozen of ${step.source}, with checksums`,
    copyData: (step) =>
      `copy ${treesText(step.parts)} of ${step.source} to ${step.target.kind}${step.again ? ' once more' : ''}`,
    compareData: (step) => `freeze ${step.target.kind} and compare what arrived of ${step.source} with what was listed`,
    commitData: (step) => `commit the set of ${step.source}: write its manifest, name its snapshot ${step.label}`,
    releaseData: (step) => `release ${step.source}: end its copy, give up the snapshots that no set needs`,

    measureData: ({ source, task }) => `look how much ${source} of task ${task} there is, from host ${host}`,

    describeReplaced: ({ set }) => `look what restoring ${set.name} would replace`,
    checkData: ({ set, source }) => `check that ${source} can be restored from ${set.name}`,
    prepareData: ({ source }) => `prepare the places that ${source} is copied back to; keep what is copied over`,
    copyBack: ({ source, set, parts }) => `copy ${treesText(parts)} of ${source} back from ${set.target.kind}`,
    compareRestored: ({ source, set }) => `compare what was copied back of ${source} with ${set.name}`,
    adoptData: ({ source }) => `adopt: put ${source} live`,
    revertData: ({ source }) => `revert: bring back ${source} as it was before`,
    forgetData: ({ source }) => `drop what was kept of ${source} as it was before`,
    releaseRestoredData: ({ source }) => `release ${source}: end its copy, clear the spool of host ${host}`,

    releaseFrozen: ({ source, task }) => `give up what task ${task} had frozen of ${source}`,

    mirrorSets: ({ from }) => `make LocalBackup of host ${host} equal to that of ${from}`,
    catchUp: ({ from }) => `fetch to host ${host} the sets that only ${from} has`,
    checkTarget: ({ target }) => `check what ${target.kind} promises, in a folder of its own, from host ${host}`,
    findRemains: ({ target }) => `list what unfinished runs left on ${target.kind}, from host ${host}`,
    cleanTarget: ({ target }) => `remove what unfinished runs left on ${target.kind}, from host ${host}`,

    listSets: ({ target, prefix }) => `list sets on ${target.kind} ${prefix && `below ${prefix} `}from host ${host}`,
    verifySet: ({ name, level }) => `verify the ${level} of ${name} from host ${host}`,
    findCreation: ({ task, target }) => `look for older sets of task ${task} on ${target.kind} from host ${host}`,
    removeRemains: ({ task, label }) => `clear what run ${label} of task ${task} left on host ${host}`,
  };
}

/** Trees are counted from 1 for people. */
function treesText(parts: readonly number[]): string {
  const [first = 0, last = first] = [parts[0], parts.at(-1)];
  return first === last ? `tree ${first + 1}` : `trees ${first + 1} to ${last + 1}`;
}

function nameOf({ source, part }: { readonly source: string; readonly part: string }): string {
  return `${source} ${part}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
