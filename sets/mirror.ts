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
