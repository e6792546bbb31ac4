import { jsonBytes } from '../model/cluster-state';
import { BackupError, isKind } from '../model/errors';
import { type BuiltSource, isDataKind } from '../model/kinds';
import type { Label } from '../model/label';
import type { BackupSet, Damaged, Verification, VerifyLevel } from '../model/set';
import type { BackupTarget } from '../model/target';
import type { Task, TargetSpec } from '../model/task';
import { dataFolder, folderOf, parseSetName, setFolder } from '../sets/layout';
import { describeSet } from '../sets/list';
import { noteRemoved } from '../sets/mirror-notes';
import { listSetNames } from '../sets/set-names';
import { ownerOf } from '../sets/owner';
import { removeRemains, removeSet } from '../sets/prune';
import { verifySet } from '../sets/verify';
import { type RunRef, underControl } from './control';
import type { OpenedTarget, Plugins } from './plugins';

/** A set in a list; a damaged one says why in `problem`. */
export type ListedSet = BackupSet | Damaged;

export interface Place {
  readonly cluster: string;
  readonly target: TargetSpec;
}

export interface Remains {
  readonly cluster: string;
  readonly task: string;
  readonly creation: Label;
  readonly label: Label;
  readonly spec: Task;
}

/** Sets of one part of a source that go because newer ones are kept. */
export interface Removal {
  readonly cluster: string;
  readonly run: RunRef | undefined;
  readonly task: string;
  readonly creation: Label;
  readonly label: Label;
  readonly source: BuiltSource;
  readonly part: string;
  readonly target: TargetSpec;
  readonly copies: number;
  /** Their names. */
  readonly sets: readonly string[];
}

/** A set that its target does not let go yet. `until`: a time of ISO 8601. */
export interface LockedSet {
  readonly name: string;
  readonly until: string;
}

/** Sets of a page, and about its bytes as JSON: it stays far below the largest payload. */
const pageLength = 100;
const pageBytes = 48 * 1024;

export type SetActivities = ReturnType<typeof createSetActivities>;

/** What is done with sets outside a single run's making of them. */
export function createSetActivities(plugins: Plugins) {
  const at = async <T>({ cluster, target }: Place, work: (opened: OpenedTarget) => Promise<T>): Promise<T> => {
    const opened = plugins.openTarget(cluster, target);
    await using _closing = opened.target;
    return await work(opened);
  };

  const isMirrored = (cluster: string) => plugins.facts(cluster).localBackupHosts.length > 1;

  return {
    async listSets(place: Place & { prefix: string; after?: string }): Promise<{ sets: ListedSet[]; next?: string }> {
      return await underControl(undefined, undefined, () =>
        at(place, async ({ target }) => {
          const names = await listSetNames(target, place.prefix, { after: place.after ?? '', most: pageLength });
          const sets: ListedSet[] = [];
          let room = pageBytes;
          for (const [place, name] of names.entries()) {
            const found = await listed(target, name);
            room -= jsonBytes(found);
            if (room < 0 && sets.length > 0) return { sets, next: names[place - 1]! };
            sets.push(...found);
          }
          return { sets, ...(names.length < pageLength ? {} : { next: names.at(-1)! }) };
        }),
      );
    },

    async verifySet(place: Place & { name: string; level: VerifyLevel }): Promise<Verification> {
      return await underControl(undefined, undefined, (control) =>
        at(place, ({ target }) => verifySet(target, place.name, place.level, control)),
      );
    },

    /** The newest creation time under which sets of this cluster's task of that name lie on its target. */
    async findCreation(place: Place & { task: string }): Promise<Label | undefined> {
      return await underControl(undefined, undefined, () =>
        at(place, async ({ target, root }) => {
          const byCreation = new Map<Label, string[]>();
          for (const name of await listSetNames(target, root)) {
            const folder = parseSetName(name);
            if (folder?.task !== place.task || folder.root !== root) continue;
            byCreation.set(folder.creation, [name, ...(byCreation.get(folder.creation) ?? [])]);
          }
          for (const creation of [...byCreation.keys()].sort().reverse()) {
            const owner = await ownerOf(target, byCreation.get(creation)!);
            if (owner === undefined || owner === place.cluster) return creation;
          }
          return undefined;
        }),
      );
    },

    /** Answers the sets that stay because they are locked on their target, and until when. */
    async removeSets(step: Removal): Promise<readonly LockedSet[]> {
      return await underControl({ source: step.source, part: step.part, phase: 'pruning' }, step.run, () =>
        at(step, async ({ target, root }) => {
          const { task, creation, source } = step;
          const own = isDataKind(source)
            ? dataFolder({ root, task, creation, source })
            : setFolder({ root, task, creation });
          for (const name of step.sets)
            if (folderOf(name) !== own) throw new BackupError('invalid', `${name} is not a set of task ${step.task}`);
          if (step.target.kind === 'localDir' && isMirrored(step.cluster)) await noteOnTarget(target, root, step.sets);
          const locked: LockedSet[] = [];
          for (const name of step.sets) {
            const until = await removeUnlessLocked(target, name);
            if (until !== undefined) locked.push({ name, until });
          }
          return locked;
        }),
      );
    },

    /** Removes what a run left that ended from outside: its spool on this host, and uploads without a manifest. */
    async removeRemains({ cluster, task, creation, label, spec }: Remains): Promise<void> {
      await underControl(undefined, undefined, async () => {
        for (const left of await plugins.spool.leftovers(cluster))
          if (left.label === label) await plugins.spool.remove(left);
        if (spec.kind !== 'backup') return;
        const { localBackupHosts } = plugins.facts(cluster);
        for (const { target } of spec.sources.filter((one) => !isDataKind(one.source))) {
          await at({ cluster, target }, async (opened) => {
            if (opened.target.traits.hostBound && !localBackupHosts.includes(plugins.host)) return;
            const folder = setFolder({ root: opened.root, task, creation });
            await removeRemains(opened.target, folder, label);
          });
        }
      });
    },
  };
}

/** So that standby hosts can tell them from sets that were lost. A full disk keeps nobody from making room. */
async function noteOnTarget(target: BackupTarget, root: string, sets: readonly string[]): Promise<void> {
  await noteRemoved(target, root, sets).catch((error: unknown) => {
    if (!isKind(error, 'full')) throw error;
  });
}

/** Until when it is locked; undefined when it was removed. A locked set stays whole: its manifest is locked, too. */
async function removeUnlessLocked(target: BackupTarget, name: string): Promise<string | undefined> {
  try {
    await removeSet(target, name);
    return undefined;
  } catch (error) {
    const until = error instanceof BackupError ? error.context['lockedUntil'] : undefined;
    if (typeof until !== 'string') throw error;
    return until;
  }
}

/** Empty when the set was removed since its name was listed. */
async function listed(target: BackupTarget, name: string): Promise<ListedSet[]> {
  const found = await describeSet(target, name);
  return found === undefined ? [] : [found];
}
