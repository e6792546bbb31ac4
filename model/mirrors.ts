import { clear, raise } from './alarms';
import type { ClusterState, MirrorState } from './cluster-state';
import type { MirrorReport } from './mirror';
import type { RunEnd } from './queue';
import { productSettings } from './settings';

/**
 * What a cluster knows of the mirrors of its localDir, host by host: when each is looked at next, and how far it is behind.
 * All of it only where the workers' configuration keeps them (`ClusterFacts.mirrored`).
 */
type Mirrors = NonNullable<ClusterState['mirrors']>;

/** A worker has come: all management hosts are looked at now; those that are none any more are forgotten. */
export function lookAtMirrors(state: ClusterState, now: number): ClusterState {
  const { mirrors: before, ...rest } = state;
  const { mirrored, localBackupHosts: hosts } = state.cluster;
  if (mirrored !== true) return before === undefined ? state : clear(rest, undefined, '12011');
  return {
    ...rest,
    mirrors: Object.fromEntries(hosts.map((host) => [host, { ...knownOf(before, host, hosts), due: now }])),
  };
}

/** What it lacks of a host that is none any more, it will never get. */
function knownOf(mirrors: Mirrors | undefined, host: string, hosts: readonly string[]): Omit<MirrorState, 'due'> {
  const known = mirrors?.[host];
  if (known === undefined) return { behind: 0 };
  return known.of === undefined || hosts.includes(known.of) ? known : { behind: 0 };
}

/** A run has ended: hosts that its sets do not lie on are behind by them, and looked at now. */
export function mirrorsAfter(state: ClusterState, { result }: RunEnd, now: number): ClusterState {
  if (state.mirrors === undefined || result?.kind !== 'backup') return state;
  const made = result.parts.filter(({ target, set }) => target?.kind === 'localDir' && set !== undefined);
  if (made.length === 0) return state;
  return eachMirror(state, (mirror, host) => {
    const missed = made.filter((part) => part.host !== host).length;
    return { ...mirror, due: now, ...(missed > 0 && { behind: mirror.behind + missed, since: mirror.since ?? now }) };
  });
}

/** The hosts that are to be looked at now. */
export function dueMirrors({ mirrors = {}, removed }: ClusterState, now: number): string[] {
  return removed === undefined ? Object.keys(mirrors).filter((host) => mirrors[host]!.due <= now) : [];
}

/** Milliseconds until one is to be looked at; undefined: never. */
export function mirrorsDueIn({ mirrors = {}, removed }: ClusterState, now: number): number | undefined {
  const all = Object.values(mirrors).map(({ due }) => due);
  return all.length === 0 || removed !== undefined ? undefined : Math.max(0, Math.min(...all) - now);
}

/**
 * It is being looked at. `again`: since before; what happened meanwhile it may not have seen. That may be the workflow that has
 * reported already and only has to end, which can take a while where its worker has just gone: no other report will come
 * of it. So it is tried again soon, and the more seldom the longer the latest report is ago.
 */
export function mirrorBegun(state: ClusterState, host: string, again: boolean, now: number): ClusterState {
  return eachMirror(state, (mirror, one) => {
    if (one !== host) return mirror;
    const { again: _before, ...rest } = mirror;
    const soon = again ? Math.max(leastAgainMs, (now - (mirror.looked ?? -Infinity)) / 4) : Infinity;
    return { ...rest, due: now + Math.min(Math.ceil(soon), checkMs(state)), ...(again && { again }) };
  });
}

const leastAgainMs = 1000;

/** A host has been looked at. */
export function mirrored(state: ClusterState, report: MirrorReport, now: number): ClusterState {
  const told = eachMirror(state, (mirror, host) => (host === report.host ? after(state, mirror, report, now) : mirror));
  return soonWhereAnotherIsActive(withActiveCaughtUp(told, report), report, now);
}

/** The active host has got what the others made while it was away: each of them is equal to it. */
function withActiveCaughtUp(state: ClusterState, { host, of, reason }: MirrorReport): ClusterState {
  const others = Object.entries(state.mirrors ?? {}).filter(([other]) => other !== of);
  const isEqual = host !== of && reason === undefined && others.every(([, { behind }]) => behind === 0);
  return eachMirror(state, (mirror, other) => {
    if (!isEqual || other !== of) return mirror;
    const { since: _before, ...rest } = mirror;
    return { ...rest, behind: 0 };
  });
}

/** A host that comes back becomes the active one between two looks: who was compared with another is looked at again. */
function soonWhereAnotherIsActive(state: ClusterState, { of }: MirrorReport, now: number): ClusterState {
  return eachMirror(state, (mirror) =>
    mirror.of === undefined || mirror.of === of ? mirror : { ...mirror, due: Math.min(mirror.due, now + soonMs) },
  );
}

const soonMs = 2000;

function after(state: ClusterState, before: MirrorState, report: MirrorReport, now: number): MirrorState {
  const { again, reason: _before, since, behind, ...rest } = before;
  const known = { ...rest, of: report.of, looked: now };
  // What only a lost host has, the active one lacks until that host is back: nothing is told anew of it.
  if (report.of === report.host) return { ...known, behind, ...(behind > 0 && { since: since ?? now }), due: next(0) };
  if (report.reason === undefined && again !== true) return { ...known, behind: 0, due: next(0) };
  const failing = { behind: again === true ? Math.max(behind, report.behind ?? 0) : (report.behind ?? behind) };
  const lasting = { ...failing, since: since ?? now };
  if (report.reason === undefined) return { ...known, ...lasting, due: now };
  return { ...known, ...lasting, reason: cut(report.reason), due: next(now - lasting.since) };

  /** What fails is tried again the more seldom the longer it has failed. */
  function next(failedMs: number): number {
    if (again === true) return now;
    const least = standbySecondsOf(state) * 1000;
    return now + (report.reason === undefined ? checkMs(state) : Math.min(Math.max(failedMs, least), checkMs(state)));
  }
}

/** ALM-12011 (product facts §11): stands while the folder of a standby host could not be made equal to the active one's. */
export function withMirrorAlarm(state: ClusterState, now: number): ClusterState {
  if (state.mirrors === undefined || state.removed !== undefined) return state;
  const failing = Object.entries(state.mirrors).flatMap(([host, { of, reason }]) =>
    reason === undefined ? [] : [`LocalBackup of ${host} is not equal to that of ${of}: ${reason}`],
  );
  if (failing.length === 0) return clear(state, undefined, '12011');
  const text = failing.join('; ');
  const isTold = state.alarms.some((one) => one.id === '12011' && one.text === text);
  return isTold ? state : raise(state, { id: '12011', raised: now, text });
}

/** `2 sets behind`, where it is behind. */
export function lagText({ behind }: Pick<MirrorState, 'behind'>): string {
  return `${behind} set${behind === 1 ? '' : 's'} behind`;
}

/** Seconds after which a standby host whose worker does nothing is not kept equal. */
export function standbySecondsOf({ cluster: { settings } }: Pick<ClusterState, 'cluster'>): number {
  return settings.standbySeconds ?? productSettings.standbySeconds;
}

function checkMs({ cluster: { settings } }: ClusterState): number {
  return (settings.checkSeconds ?? productSettings.checkSeconds) * 1000;
}

function eachMirror(state: ClusterState, change: (mirror: MirrorState, host: string) => MirrorState): ClusterState {
  if (state.mirrors === undefined) return state;
  const changed = Object.entries(state.mirrors).map(([host, mirror]) => [host, change(mirror, host)] as const);
  return { ...state, mirrors: Object.fromEntries(changed) };
}

const longestReason = 300;

function cut(reason: string): string {
  return reason.length <= longestReason ? reason : `${reason.slice(0, longestReason - 1)}…`;
}
