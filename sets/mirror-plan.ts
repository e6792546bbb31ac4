import type { PeerSet, PeerSets } from '../model/mirror';
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
 * A set that only this host has was removed on the active host, was lost there, or never got there: it was made while that
 * host was away. It is removed only where the active host remembers that its retention removed it, where it is known to
 * have had it, and where it has a newer one of the same part, as after retention. In all other cases it gets the set back. So
 * an empty folder, an old copy of a disk, or a list that cannot be read removes nothing, also when some of the sets came
 * back already, or a run has made a new one since.
 */
export function planMirror(
  own: readonly PeerSet[],
  { sets: active, removed }: PeerSets,
  known: ReadonlySet<string>,
): MirrorPlan {
  const here = new Map(own.map((set) => [set.name, set]));
  const there = new Map(active.map((set) => [set.name, set]));
  const newest = newestOfParts(active);
  const gone = new Set(removed);
  const isRemoved = (name: string) =>
    gone.has(name) && known.has(name) && labelOf(name) < (newest.get(partOf(name)) ?? '');
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
