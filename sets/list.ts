import { BackupError, isKind, messageOf } from '../model/errors';
import type { SourceKind } from '../model/kinds';
import type { BackupSet, Damaged } from '../model/set';
import type { BackupTarget, Stored } from '../model/target';
import { namesOf, parseSetName, setOfArchive } from './layout';
import { readStoredManifest, type StoredManifest } from './manifest';
import { setNamesBelow } from './set-names';

/**
 * The sets below the prefix ('' for all), in no particular order, one manifest in memory at a time. A set whose
 * manifest is damaged or too new is listed as damaged: never hidden, never fatal. Foreign files are passed over.
 */
export async function* listSets(target: BackupTarget, prefix: string): AsyncGenerator<BackupSet | Damaged> {
  for await (const name of setNamesBelow(target, prefix)) {
    const found = await describeSet(target, name);
    if (found !== undefined) yield found;
  }
}

/** Archives that no manifest made a set: an unfinished run's, also one that is still at work. */
export async function* listRemains(target: BackupTarget, prefix: string): AsyncGenerator<Stored> {
  for await (const stored of target.list(prefix)) {
    const name = setOfArchive(stored.name);
    if (name !== undefined && (await target.stat(namesOf(name).manifest)) === undefined) yield stored;
  }
}

export function isDamaged(set: BackupSet | Damaged): set is Damaged {
  return 'problem' in set;
}

/** Undefined when the set was removed since it was listed. What the whole target suffers from is thrown. */
export async function describeSet(target: BackupTarget, name: string): Promise<BackupSet | Damaged | undefined> {
  try {
    return soundSet(name, await readStoredManifest(target, name));
  } catch (error) {
    if (isKind(error, 'missing')) return undefined;
    if (isKind(error, 'corrupt') || isKind(error, 'unsupported') || isKind(error, 'denied')) {
      return damaged(name, error);
    }
    throw error;
  }
}

function soundSet(name: string, { manifest, bytes }: StoredManifest): BackupSet {
  const { label, task, cluster, source, part, family, versions, verified } = manifest;
  return {
    name,
    label,
    task: task.name,
    creation: task.creation,
    cluster: cluster.id,
    source: source as SourceKind,
    part,
    family,
    productVersion: versions.product,
    ...(manifest.family === 'metadata'
      ? { bytes: manifest.archive.bytes + bytes }
      : {
          bytes: manifest.totals.bytes,
          paths: manifest.trees.map(({ path }) => path),
          ...(manifest.buildsOn !== null && { buildsOn: manifest.buildsOn }),
          trees: manifest.trees.map(({ number: _number, index: _index, ...content }) => content),
        }),
    verified,
  };
}

function damaged(name: string, error: unknown): Damaged {
  const { label, task, creation } = parseSetName(name)!;
  const problem = error instanceof BackupError ? error.what : messageOf(error);
  return { name, label, task, creation, problem };
}
