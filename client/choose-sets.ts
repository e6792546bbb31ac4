import { BackupError } from '../model/errors';
import { builtSources, type BuiltSource } from '../model/kinds';
import type { ChosenSet } from '../model/task';
import type { Site } from './cluster-state';
import { liesAt } from './backup-path';
import { isDamaged, type LocatedSet, lookForSets, type SetsOptions } from './find-sets';

/** Which sets: by their names, or those of a run, a task or a folder, all or of some sources. */
export interface SetChoice {
  readonly names?: readonly string[] | undefined;
  /** `LABEL` or `TASK@LABEL`; `TASK@latest` is the newest run of which sets stand. */
  readonly run?: string | undefined;
  readonly task?: string | undefined;
  /**
   * The folder of a task, or a `.tar.gz` of metadata in it: the path that the product shows as *Backup Path*, whole or its
   * end. Of a folder `recoveryPoint` says which sets.
   */
  readonly backupPath?: string | undefined;
  /** A label, or `latest` for the newest of which sets stand. */
  readonly recoveryPoint?: string | undefined;
  readonly sources?: readonly string[] | undefined;
}

/**
 * Looks for the sets that are meant. Sets that are named may be found although another target cannot be looked at; of a
 * run or a task there might be more there, so that is thrown.
 */
export async function findChosen(
  site: Site,
  options: Pick<SetsOptions, 'cluster' | 'target'>,
  choice: SetChoice,
): Promise<LocatedSet[]> {
  const { names } = choice;
  const task = names === undefined ? taskIn(choice) : undefined;
  const { sets, unreachable } = await lookForSets(site, { ...options, task });
  const areAllSeen = names?.every((name) => sets.some((set) => set.name === name)) ?? false;
  if (unreachable.length > 0 && !areAllSeen) throw unreachable[0]!.error;
  return selectSets(sets, choice);
}

/** The sets that are meant, in the order of the list. `missing` when one that is named, or all, are not there. */
export function selectSets(all: readonly LocatedSet[], choice: SetChoice): LocatedSet[] {
  const { names, backupPath, sources } = choice;
  const among = backupPath === undefined ? ofRun : ofFolder;
  const chosen = names === undefined ? ofSources(among(all, choice), sources) : names.map((name) => named(all, name));
  if (chosen.length > 0) return chosen;
  const ofWhich = sources ? ` of ${sources.join(', ')}` : '';
  throw new BackupError('missing', `no set of ${choiceText(choice)}${ofWhich} is there`, { hint });
}

function choiceText({ run, task, backupPath, recoveryPoint }: SetChoice): string {
  if (backupPath === undefined) return run === undefined ? `task "${task}"` : `run "${run}"`;
  return `path "${backupPath}"${recoveryPoint === undefined ? '' : ` and recovery point "${recoveryPoint}"`}`;
}

const hint =
  '"cairn sets list" shows those of the cluster\'s tasks, "cairn sets list --target localDir" all that lie there';

function named(all: readonly LocatedSet[], name: string): LocatedSet {
  const set = all.find((one) => one.name === name);
  if (set === undefined) throw new BackupError('missing', `set "${name}" is not there`, { hint });
  return set;
}

function ofRun(all: readonly LocatedSet[], { run, task }: SetChoice): LocatedSet[] {
  const ofTask = taskIn({ run, task });
  const ofThatTask = all.filter((set) => ofTask === undefined || set.task === ofTask);
  return withLabel(ofThatTask, run?.split('@', 2).at(-1));
}

function ofFolder(all: readonly LocatedSet[], { backupPath = '', recoveryPoint }: SetChoice): LocatedSet[] {
  const there = all.filter((set) => liesAt(set, backupPath));
  return withLabel(there, recoveryPoint);
}

function withLabel(sets: readonly LocatedSet[], label: string | undefined): LocatedSet[] {
  const sound = sets.filter((set) => !isDamaged(set));
  const latest = () =>
    sound
      .map((set) => set.label)
      .sort()
      .at(-1);
  const wanted = label === 'latest' ? latest() : label;
  return sets.filter((set) => label === undefined || set.label === wanted);
}

/** The task that a choice speaks of, in the run or beside it. */
function taskIn({ run, task }: SetChoice): string | undefined {
  return run?.includes('@') === true ? run.split('@', 1)[0] : task;
}

function ofSources(sets: readonly LocatedSet[], sources: readonly string[] | undefined): LocatedSet[] {
  return sets.filter((set) => sources === undefined || isDamaged(set) || sources.includes(set.source));
}

/** A set as a restoration task holds it. `corrupt` for a damaged one, `unsupported` for a source that cairn cannot restore yet. */
export function chosenSet(set: LocatedSet): ChosenSet {
  if (isDamaged(set))
    throw new BackupError('corrupt', `set "${set.name}" cannot be restored: ${set.problem}`, {
      hint: 'choose another run',
    });
  const { target, name, part, label, cluster, productVersion } = set;
  return { target, name, source: builtSource(set.source, name), part, label, cluster, productVersion };
}

function builtSource(source: string, name: string): BuiltSource {
  const built = builtSources.find((one) => one === source);
  if (built !== undefined) return built;
  throw new BackupError('unsupported', `set "${name}" is of ${source}, which this version of cairn cannot restore`);
}
