import type { FreezeId } from '../model/data-source';
import type { Label } from '../model/label';

/**
 * The names that this source gives to what it makes in HDFS. They are its whole memory: what belongs to a run, and to
 * which, is read from them by whoever comes after a kill.
 *
 *   <directory>/.snapshot/cairn_<task>_<creation>_<label>    a frozen view
 *   <directory>/.snapshot/cairn-before_<label>               the state before a restoration in place
 *   …_own                                                    where cairn itself allowed snapshots (hdfs-snapshots.ts)
 *   <parent>/.cairn-stage_<label>_<n>                        tree n as it is being restored
 *   <parent>/.cairn-before_<label>_<n>                       what it replaced; a file: nothing was there
 *   <parent>/.cairn-other_<label>_<n>                        what somebody else made in its place meanwhile: never removed
 *   <parent>/.cairn-parents_<label>_<n>                      parents that were missing, while they are made
 */
const own = '_own';

export function viewName({ task, creation, label }: FreezeId): string {
  return `cairn_${task}_${creation}_${label}`;
}

/** Read from its end: a task's name may hold `_`, too. */
export function parseView(snapshot: string): FreezeId | undefined {
  const found = /^cairn_(.+)_(\d{14})_(\d{14})(?:_own)?$/.exec(snapshot);
  return found === null ? undefined : { task: found[1]!, creation: found[2]!, label: found[3]! };
}

/** The name of a directory's state before a restoration in place. */
export function beforeName(label: Label): string {
  return `cairn-before_${label}`;
}

/** Of which restoration a snapshot is that state, or what `Beside.before` names. */
export function labelOfBefore(name: string): Label | undefined {
  return /^(?:cairn-before_(\d{14})(?:_own)?|\.cairn-before_(\d{14})_\d+)$/.exec(name)?.slice(1).find(Boolean);
}

/** The name that a snapshot has where cairn allowed snapshots. */
export function ownName(name: string): string {
  return name + own;
}

/** True for both names that a snapshot may have. */
export function isNamed(found: string, name: string): boolean {
  return found === name || found === ownName(name);
}

/** True when it tells that cairn allowed snapshots where it lies. */
export function tellsOwn(snapshot: string): boolean {
  return /^cairn(_|-before_)/.test(snapshot) && snapshot.endsWith(own);
}

/** Hidden places beside a directory that is restored. */
export interface Beside {
  readonly stage: string;
  readonly before: string;
  readonly other: string;
}

export function beside(path: string, label: Label, number: number): Beside {
  const named = (what: string) => hiddenIn(parentOf(path), what, label, number);
  return { stage: named('stage'), before: named('before'), other: named('other') };
}

export function hiddenIn(folder: string, what: string, label: Label, number: number): string {
  return within(folder, `.cairn-${what}_${label}_${number}`);
}

/** The directory that holds it. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

export function within(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
