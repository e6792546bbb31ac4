import type { PeerSet } from '../model/mirror';
import { parseSetName } from './layout';

/** What makes the sets of a host equal to those of the active one. Names, the newest first. */
export interface MirrorPlan {
  readonly fetch: readonly string[];
  /** They are damaged here: removed, then fetched. */
  readonly replace: readonly string[];
  /** The active host had them, too, and has removed them. */
  readonly remove: readonly string[];
  /** The active host lacks them: it has to fetch them. */
  readonly ahead: readonly string[];
  /** What cannot be made equal, in words. */
  readonly problems: readonly string[];
}

/**
 * Compares the sets of a host with those of the active one. `known`: those that were on both when they were compared last.
 *
 * A set that only this host has was either removed on the active host, or never got there: it was made while that host
 * was away. It is removed only where it is known that the active host had it, and where retention can have removed it
 * there: retention takes the oldest of a part and leaves the newest, so the active host must have a newer one of the
 * same part. In all other cases the active host has lost it or never had it, and gets it back. So an empty folder, an old
 * copy of a disk, or a list that cannot be read removes nothing.
 */
export function planMirror(
  own: readonly PeerSet[],
  active: readonly PeerSet[],
  known: ReadonlySet<string>,
): MirrorPlan {
  const here = new Map(own.map((set) => [set.name, set]));
  const there = new Map(active.map((set) => [set.name, set]));
  const newest = newestOfParts(active);
  const isRemoved = (name: string) => known.has(name) && labelOf(name) < (newest.get(partOf(name)) ?? '');
  const [remove, ahead] = divided(
    own.map(({ name }) => name).filter((name) => !there.has(name)),
    isRemoved,
  );
  const lacking = active.filter(({ name }) => !here.has(name));
  const both = active.filter(({ name }) => here.has(name));
  return {
    fetch: lacking.filter(isSound).map(nameOf).sort(byAge).reverse(),
    replace: both
      .filter((set) => isSound(set) && !isSound(here.get(set.name)!))
      .map(nameOf)
      .sort(byAge)
      .reverse(),
    remove: remove.sort(byAge).reverse(),
    ahead: ahead.sort(byAge).reverse(),
    problems: [
      ...active
        .filter((set) => !isSound(set))
        .map(({ name, problem }) => `the active host's ${name} is damaged: ${problem}`),
      ...both
        .filter((set) => isSound(set) && isSound(here.get(set.name)!) && here.get(set.name)!.sha256 !== set.sha256)
        .map(({ name }) => `both hosts have a whole set ${name}, but not the same`),
    ],
  };
}

function isSound({ problem }: PeerSet): boolean {
  return problem === undefined;
}

function nameOf({ name }: PeerSet): string {
  return name;
}

function newestOfParts(sets: readonly PeerSet[]): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  for (const { name } of sets) {
    const [part, label] = [partOf(name), labelOf(name)];
    if (label > (newest.get(part) ?? '')) newest.set(part, label);
  }
  return newest;
}

/** The name without version and label: the same for all sets that retention counts together. */
function partOf(name: string): string {
  const set = parseSetName(name)!;
  return [set.root, set.task, set.creation, set.family === 'metadata' ? set.writtenAs : set.source].join('/');
}

function labelOf(name: string): string {
  return parseSetName(name)!.label;
}

function divided<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

function byAge(one: string, other: string): number {
  const [first, second] = [one, other].map((name) => `${labelOf(name)} ${name}`) as [string, string];
  return first < second ? -1 : Number(first > second);
}
