import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Control } from '../model/control';
import { BackupError, type ErrorKind } from '../model/errors';
import type { Peer } from '../model/mirror';
import { workflowIds } from '../model/names';
import type { BackupTarget } from '../model/target';
import { namesOf, parseSetName, setOfArchive } from '../sets/layout';
import { listRemains } from '../sets/list';
import { fetchSet, inventory } from '../sets/mirror';
import { readKnown, readRemoved, writeKnown } from '../sets/mirror-notes';
import { type MirrorPlan, planMirror } from '../sets/mirror-plan';
import { removeSet } from '../sets/prune';
import { underControl } from './control';
import { describeWorkflow } from './describe-workflow';
import { dropGarbage } from './drop-garbage';
import { liveHostsFirst } from './live-hosts';
import type { Plugins } from './plugins';

export interface ActiveHost {
  readonly active: string;
  /** No run goes on: what cut-off steps left may be removed. */
  readonly quiet: boolean;
}

export interface MirrorStep {
  readonly cluster: string;
  /** The host that the sets come from. */
  readonly from: string;
  /** What earlier attempts left may be removed. */
  readonly tidy: boolean;
}

export interface Mirrored {
  /** Sets that it still lacks. */
  readonly behind: number;
  /** Sets that the other host lacks, and has to fetch from this one. */
  readonly ahead: number;
  /** Why it is not equal, in words. */
  readonly problems: readonly string[];
}

export type ActiveHostActivities = ReturnType<typeof createActiveHostActivities>;
export type MirrorActivities = ReturnType<typeof createMirrorActivities>;

export function createActiveHostActivities(plugins: Plugins) {
  return {
    /** The first management host that is live; the first of all where none is. */
    async findActiveHost({ cluster }: { cluster: string }): Promise<ActiveHost> {
      const { client } = Context.current();
      const [active] = await liveHostsFirst(client, plugins.facts(cluster).localBackupHosts);
      return { active: active!, quiet: !(await isRunning(client, cluster)) };
    },
  };
}

async function isRunning(client: Client, cluster: string): Promise<boolean> {
  const about = await describeWorkflow(client, workflowIds.run(cluster));
  return about?.status.name === 'RUNNING';
}

/** Steps that make two hosts' LocalBackup equal, each on the host that it writes to. All may be repeated. */
export function createMirrorActivities(plugins: Plugins) {
  const between = async <T>(step: MirrorStep, work: (places: Places) => Promise<T>): Promise<T> =>
    await underControl(undefined, undefined, async (control) => {
      const { target, root } = plugins.openTarget(step.cluster, { kind: 'localDir' });
      await using _closing = target;
      return await work({ target, root, peer: plugins.openPeer(step.cluster, step.from), control });
    });

  return {
    /** On a standby host: makes its sets those of the active one. What it has beyond them is counted, not removed. */
    async mirrorSets(step: MirrorStep): Promise<Mirrored> {
      return await between(step, async (places) => {
        const { target, root, peer, control } = places;
        const known = await readKnown(target, root, peer.host);
        const active = await peer.list(control.signal);
        const own = await inventory(target, root);
        const plan = planMirror(own, active, known);
        const have = new Set(own.map(({ name }) => name));
        try {
          const failed = await carryOut(places, plan, have);
          if (step.tidy) await tidy(target, root, new Set(active.sets.map(({ name }) => name)));
          const problems = [...plan.problems, ...failed];
          return { behind: problems.length, ahead: plan.ahead.length, problems };
        } finally {
          const both = active.sets.map(({ name }) => name).filter((name) => have.has(name));
          await note(places, known, [...both, ...[...known].filter((name) => have.has(name))]);
        }
      });
    },

    /** On the active host: fetches what was made on a standby one while this host was away, or what it has lost. */
    async catchUp(step: MirrorStep): Promise<Mirrored> {
      return await between(step, async (places) => {
        const { target, root, peer, control } = places;
        const { sets: standby } = await peer.list(control.signal);
        const known = standby.filter((set) => set.known === true).map(({ name }) => name);
        const active = { sets: await inventory(target, root), removed: await readRemoved(target, root) };
        const { ahead } = planMirror(standby, active, new Set(known));
        const damaged = standby.filter(({ name, problem }) => problem !== undefined && ahead.includes(name));
        const sound = ahead.filter((name) => damaged.every((one) => one.name !== name));
        const problems = [
          ...damaged.map(({ name, problem }) => `${name} of ${peer.host} is damaged: ${problem}`),
          ...(await fetchAll(places, sound, new Set())),
        ];
        return { behind: problems.length, ahead: 0, problems };
      });
    },
  };
}

interface Places {
  readonly target: BackupTarget;
  readonly root: string;
  readonly peer: Peer;
  readonly control: Control;
}

/**
 * First fetches, then removes: it never has fewer sets than it had. Only where the disk is full, what is to go goes first.
 * Answers what could not be fetched, in words; `have` is kept up to date.
 */
async function carryOut(places: Places, plan: MirrorPlan, have: Set<string>): Promise<string[]> {
  const { target, control } = places;
  for (const name of plan.replace) await removeSet(target, name);
  const wanted = [...plan.replace, ...plan.fetch];
  plan.replace.forEach((name) => have.delete(name));
  const removeAll = async () => {
    for (const name of plan.remove) {
      if (control.signal.aborted) throw new BackupError('cancelled', 'stopped while removing sets');
      await removeSet(target, name);
      have.delete(name);
    }
  };
  try {
    const failed = await fetchAll(places, wanted, have);
    await removeAll();
    return failed;
  } catch (error) {
    if (!(error instanceof BackupError) || error.kind !== 'full') throw error;
    await removeAll();
    return await fetchAll(
      places,
      wanted.filter((name) => !have.has(name)),
      have,
    ).catch((again: unknown) => {
      if (!(again instanceof BackupError) || again.kind !== 'full') throw again;
      return wanted.filter((name) => !have.has(name)).map((name) => `${name} does not fit: ${again.message}`);
    });
  }
}

/** These concern one set; the next one may be fetched all the same. */
const ofOneSet: readonly ErrorKind[] = ['corrupt', 'missing', 'conflict', 'invalid', 'unsupported'];

async function fetchAll(places: Places, names: readonly string[], have: Set<string>): Promise<string[]> {
  const { target, peer, control } = places;
  const failed = new Map<string, BackupError>();
  for (const name of names) {
    try {
      dropGarbage(await fetchSet(target, peer, name, control));
      have.add(name);
    } catch (error) {
      if (!(error instanceof BackupError) || !ofOneSet.includes(error.kind)) throw error;
      failed.set(name, error);
    }
  }
  return await stillThere(places, failed);
}

/** What was removed on the other host while it was to be fetched is wanted no more. */
async function stillThere({ peer, control }: Places, failed: ReadonlyMap<string, BackupError>): Promise<string[]> {
  if (failed.size === 0) return [];
  const there = new Set((await peer.list(control.signal)).sets.map(({ name }) => name));
  return [...failed].flatMap(([name, { message }]) => (there.has(name) ? [message] : []));
}

async function note({ target, root, peer }: Places, before: ReadonlySet<string>, names: string[]): Promise<void> {
  const now = new Set(names);
  if (now.size === before.size && [...now].every((name) => before.has(name))) return;
  await writeKnown(target, root, peer.host, [...now].sort());
}

/** Archives of sets that the active host has no more, whose manifest never arrived here; and pieces of archives. */
async function tidy(target: BackupTarget, root: string, active: ReadonlySet<string>): Promise<void> {
  const newest = [...active].map(labelOf).sort().at(-1) ?? '';
  const left: string[] = [];
  for await (const { name } of listRemains(target, root)) {
    const set = setOfArchive(name)!;
    if (!active.has(set) && labelOf(set) < newest) left.push(namesOf(set).archive);
  }
  for (const archive of left) await target.remove(archive);
  await target.clean?.(root);
}

function labelOf(name: string): string {
  return parseSetName(name)!.label;
}
