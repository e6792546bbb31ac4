import { Readable } from 'node:stream';
import { BackupError, isKind } from '../model/errors';
import type { DataManifest, Manifest, MetadataManifest } from '../model/manifest';
import type { BackupTarget } from '../model/target';
import { dataNames, type DataNames, familyOf, manifestOf, namesOf, setOfArchive } from './layout';
import { corruptManifest, formatManifest, parseManifest, sha256Of } from './manifest-text';
import { readAtMost } from './read-at-most';

export { formatManifest, parseManifest } from './manifest-text';

/** A manifest of 100,000 files has about 25 MB; whatever is larger was not written by cairn. */
export const maxManifestBytes = 64 * 1024 * 1024;

/** A manifest as it lies on its target. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly bytes: number;
  readonly sha256: string;
}

/** The manifest of the set `name`, of either family. `missing` when there is no such set; otherwise like `parseManifest`. */
export async function readManifest(target: BackupTarget, name: string): Promise<Manifest> {
  return (await readStoredManifest(target, name)).manifest;
}

/** As `readManifest`, with size and digest of the file. */
export async function readStoredManifest(target: BackupTarget, name: string): Promise<StoredManifest> {
  const text = await readManifestText(target, name);
  return { manifest: parseManifest(text, name), bytes: Buffer.byteLength(text), sha256: sha256Of(text) };
}

/** As `readManifest`; `conflict` when the name is that of a set of service data. */
export async function readMetadataManifest(target: BackupTarget, name: string): Promise<MetadataManifest> {
  const manifest = await readManifest(target, name);
  if (manifest.family === 'metadata') return manifest;
  throw new BackupError('conflict', `the set ${name} holds service data, no metadata`, { name });
}

/** As `readManifest`; `conflict` when the name is that of a set of metadata. */
export async function readDataManifest(target: BackupTarget, name: string): Promise<DataManifest> {
  const manifest = await readManifest(target, name);
  if (manifest.family === 'data') return manifest;
  throw new BackupError('conflict', `the set ${name} holds metadata, no service data`, { name });
}

/** SHA-256 of the manifest file as it lies on the target, sound or not: what the next manifest says as `previous`. */
export async function manifestDigest(target: BackupTarget, name: string): Promise<string> {
  return sha256Of(await readManifestText(target, name));
}

/**
 * Makes a set of metadata: from here on it exists. Its name is that of the archive, which must lie on the target already.
 * May be called again with the same manifest. What is committed is never rewritten: `conflict` when another
 * manifest has the name. `missing` or `corrupt` when the archive is not there or has another size; `invalid` or
 * `corrupt` when the manifest could not be read back as this set's.
 */
export async function commitManifest(target: BackupTarget, manifest: MetadataManifest): Promise<void> {
  const name = setOfArchive(manifest.archive.name);
  if (name === undefined) throw new BackupError('invalid', `"${manifest.archive.name}" is not the name of an archive`);
  const text = checkedText(manifest, name);
  if (await isCommitted(target, name, text)) return;
  await mustHaveArchive(target, manifest);
  await putText(target, namesOf(name).manifest, text);
}

/**
 * Makes a set of metadata of the text of its manifest, as it lies on another host, once its archive lies on the target. May
 * be called again; `conflict` when another manifest has the name, `corrupt` when the text is not this set's or the archive
 * has another length, `missing` without the archive.
 */
export async function commitManifestText(target: BackupTarget, name: string, text: string): Promise<void> {
  const manifest = parseManifest(text, name) as MetadataManifest;
  if (await isCommitted(target, name, text)) return;
  // It was read back, which may have taken minutes: somebody may have cleaned up since.
  await mustHaveArchive(target, manifest);
  await putText(target, namesOf(name).manifest, text);
}

/**
 * Lays the manifest of a set of service data into the set's folder, in place of that of the set before. It makes no set
 * yet: that does the snapshot of the folder that gets the label's name. May be called again. `conflict` when the set
 * exists with another manifest; `invalid` or `corrupt` when the manifest could not be read back as this set's.
 */
export async function putDataManifest(
  target: BackupTarget,
  { name, writtenManifest }: DataNames,
  manifest: DataManifest,
): Promise<void> {
  const text = checkedText(manifest, name);
  if (!(await isCommitted(target, name, text))) await putText(target, writtenManifest, text);
}

/** What is written can be read, as this set's. */
function checkedText(manifest: Manifest, name: string): string {
  const text = formatManifest(manifest);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxManifestBytes) throw tooLong(name, bytes);
  parseManifest(text, name);
  return text;
}

async function putText(target: BackupTarget, object: string, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'utf8');
  await target.put(object, {
    bytes: bytes.length,
    open: (from) => Promise.resolve(Readable.from([bytes.subarray(from)])),
  });
}

async function isCommitted(target: BackupTarget, name: string, text: string): Promise<boolean> {
  if ((await target.stat(manifestOf(name))) === undefined) return false;
  if ((await readManifestText(target, name)) === text) return true;
  const hint = 'a set is never rewritten; remove it first if it is to be replaced';
  throw new BackupError('conflict', `the set ${name} exists already with other content`, { name, hint });
}

async function mustHaveArchive(target: BackupTarget, { archive }: MetadataManifest): Promise<void> {
  const stored = await target.stat(archive.name);
  if (stored === undefined) throw new BackupError('missing', `the archive ${archive.name} is not on the target`);
  if (stored.bytes === archive.bytes) return;
  throw new BackupError('corrupt', `the archive ${archive.name} has ${stored.bytes} bytes instead of ${archive.bytes}`);
}

/** The text of a sound manifest of metadata, as it lies on the target. Errors as of `readManifest`. */
export async function readStoredManifestText(target: BackupTarget, name: string): Promise<string> {
  const text = await readManifestText(target, name);
  parseManifest(text, name);
  return text;
}

/** Nothing is decoded twice or loosely: bytes that are no UTF-8 must not turn into text that looks right. */
async function readManifestText(target: BackupTarget, name: string): Promise<string> {
  const bytes = await readAtMost(await openManifest(target, name), maxManifestBytes, () =>
    corruptManifest(name, `it has more than ${maxManifestBytes} bytes`),
  );
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw corruptManifest(name, 'it is not UTF-8', cause);
  }
}

async function openManifest(target: BackupTarget, name: string): Promise<Readable> {
  try {
    return await target.get(manifestOf(name));
  } catch (error) {
    if (!isKind(error, 'missing')) throw error;
    if (await hasSnapshot(target, name)) throw corruptManifest(name, 'it is not there', error);
    throw noSuchSet(name, error);
  }
}

/** A set of service data is there when its snapshot is; of metadata the manifest itself is what makes the set. */
async function hasSnapshot(target: BackupTarget, name: string): Promise<boolean> {
  if (familyOf(name) !== 'data') return false;
  const { folder, snapshot } = dataNames(name);
  return (await target.snapshots?.list(folder))?.includes(snapshot) ?? false;
}

function tooLong(name: string, bytes: number): BackupError {
  const hint = 'the source has too many files, or too long names, for one set';
  return new BackupError('unsupported', `the manifest of ${name} would have ${bytes} bytes`, { name, hint });
}

function noSuchSet(name: string, cause: unknown): BackupError {
  const hint = '`cairn sets list` lists the sets that are there';
  return new BackupError('missing', `there is no set ${name}`, { name, hint }, { cause });
}
