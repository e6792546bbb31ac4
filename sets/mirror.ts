import type { Readable } from 'node:stream';
import { addAbortSignal, Readable as Stream } from 'node:stream';
import type { Control } from '../model/control';
import { BackupError, isKind } from '../model/errors';
import type { MetadataManifest } from '../model/manifest';
import type { Peer, PeerSet } from '../model/mirror';
import type { BackupTarget } from '../model/target';
import { differenceIn } from './digests';
import { familyOf, namesOf } from './layout';
import { commitManifestText, readStoredManifest } from './manifest';
import { parseManifest } from './manifest-text';
import { readAtMost } from './read-at-most';
import { listSetNames } from './set-names';

/** The sets of metadata below a cluster's folder, each with the digest of its manifest; what is wrong with one is told, not thrown. */
export async function inventory(target: BackupTarget, root: string): Promise<PeerSet[]> {
  const sets: PeerSet[] = [];
  for (const name of await listSetNames(target, root)) {
    const found = familyOf(name) === 'metadata' ? await look(target, name) : undefined;
    if (found !== undefined) sets.push(found);
  }
  return sets;
}

/** Undefined when it was removed since it was listed. */
async function look(target: BackupTarget, name: string): Promise<PeerSet | undefined> {
  try {
    const { manifest, sha256 } = await readStoredManifest(target, name);
    const problem = await problemOfArchive(target, name, (manifest as MetadataManifest).archive.bytes);
    return { name, sha256, ...(problem !== undefined && { problem }) };
  } catch (error) {
    if (isKind(error, 'missing')) return undefined;
    if (isKind(error, 'corrupt') || isKind(error, 'unsupported') || isKind(error, 'denied'))
      return { name, sha256: '', problem: (error as BackupError).what };
    throw error;
  }
}

async function problemOfArchive(target: BackupTarget, name: string, bytes: number): Promise<string | undefined> {
  const stored = await target.stat(namesOf(name).archive);
  if (stored === undefined) return 'its archive is not there';
  return stored.bytes === bytes ? undefined : `its archive has ${stored.bytes} bytes instead of ${bytes}`;
}

/**
 * Makes a set of another host one of this one's: its archive first, read back and compared with the digests of its
 * manifest, then the manifest itself, byte for byte. May be cut off anywhere and repeated. `corrupt` when what came is not what
 * the manifest says; `missing` when the other host has removed it meanwhile; what peer and target throw. Answers the bytes of
 * the archive.
 */
export async function fetchSet(target: BackupTarget, peer: Peer, name: string, control: Control): Promise<number> {
  const text = await peer.manifest(name, control.signal);
  const manifest = parseManifest(text, name) as MetadataManifest;
  await fetchArchive(target, peer, name, manifest.archive, control);
  await commitManifestText(target, name, text);
  return manifest.archive.bytes;
}

async function fetchArchive(
  target: BackupTarget,
  peer: Peer,
  name: string,
  archive: MetadataManifest['archive'],
  control: Control,
): Promise<void> {
  const { bytes, sha256 } = archive;
  const object = namesOf(name).archive;
  const wrong = async () => await differenceIn(addAbortSignal(control.signal, await target.get(object)), archive);
  const left = await target.stat(object);
  if (left?.bytes === bytes && (await wrong()) === undefined) return;
  const open = async (from: number): Promise<Readable> =>
    from >= bytes ? Stream.from([]) : await peer.archive(name, from, control.signal);
  await target.put(object, { id: sha256, bytes, open }, control);
  const problem = await wrong();
  if (problem === undefined) return;
  await target.remove(object);
  throw new BackupError('corrupt', `the archive of ${name} came from ${peer.host} with other bytes: ${problem}`, {
    hint: 'verify the set there',
  });
}

/**
 * The sets that were on this host and on another one when both were compared last. Lies beside the sets, so that it is
 * lost with them.
 */
export async function readKnown(target: BackupTarget, root: string, other: string): Promise<ReadonlySet<string>> {
  return new Set(await readNames(target, knownFile(root, other)));
}

export async function writeKnown(
  target: BackupTarget,
  root: string,
  other: string,
  names: readonly string[],
): Promise<void> {
  await writeNames(target, knownFile(root, other), names);
}

function knownFile(root: string, other: string): string {
  return `${root}/.equal-to-${other}.json`;
}

/** The sets that retention has removed on this host, the oldest first. Lies beside the sets, so that it is lost with them. */
export async function readRemoved(target: BackupTarget, root: string): Promise<readonly string[]> {
  return await readNames(target, removedFile(root));
}

/**
 * To be called before these sets are removed. What is forgotten, here or by two who write at once, comes back from a standby
 * host, and is removed and noted with the next run.
 */
export async function noteRemoved(target: BackupTarget, root: string, names: readonly string[]): Promise<void> {
  const before = (await readRemoved(target, root)).filter((name) => !names.includes(name));
  await writeNames(target, removedFile(root), [...before, ...names].slice(-mostRemoved));
}

function removedFile(root: string): string {
  return `${root}/.removed.json`;
}

/** A standby host that was away while more were removed gets rid of the older ones by way of the active host. */
const mostRemoved = 5000;

/** Where nothing is known nothing is removed, so a file that is not there, or harmed, is none. */
async function readNames(target: BackupTarget, file: string): Promise<string[]> {
  try {
    const text = (await readAtMost(await target.get(file), maxBytes, tooLong)).toString('utf8');
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch (error) {
    if (isKind(error, 'missing') || isKind(error, 'corrupt') || error instanceof SyntaxError) return [];
    throw error;
  }
}

async function writeNames(target: BackupTarget, file: string, names: readonly string[]): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(names), 'utf8');
  await target.put(file, {
    bytes: bytes.length,
    open: (from) => Promise.resolve(Stream.from([bytes.subarray(from)])),
  });
}

const maxBytes = 64 * 1024 * 1024;

function tooLong(): BackupError {
  return new BackupError('corrupt', 'the list of names of sets is too long');
}
