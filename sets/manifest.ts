import { Readable } from 'node:stream';
import { BackupError, isKind } from '../model/errors';
import type { Manifest } from '../model/manifest';
import type { BackupTarget } from '../model/target';
import { namesOf, setOfArchive } from './layout';
import { corruptManifest, formatManifest, parseManifest, sha256Of } from './manifest-text';

export { formatManifest, parseManifest } from './manifest-text';

/** A manifest of 100,000 files has about 25 MB; whatever is larger was not written by cairn. */
export const maxManifestBytes = 64 * 1024 * 1024;

/** The manifest of the set `name`. `missing` when there is none; otherwise like `parseManifest`. */
export async function readManifest(target: BackupTarget, name: string): Promise<Manifest> {
  return parseManifest(await readManifestText(target, name), name);
}

/** SHA-256 of the manifest file as it lies on the target: what the next manifest says as `previous`. */
export async function manifestDigest(target: BackupTarget, name: string): Promise<string> {
  return sha256Of(await readManifestText(target, name));
}

/**
 * Makes the set: from here on it exists. Its name is that of the archive, which must lie on the target already.
 * May be called again with the same manifest. What is committed is never rewritten: `conflict` when another
 * manifest has the name. `missing` or `corrupt` when the archive is not there or has another size; `invalid` or
 * `corrupt` when the manifest could not be read back as this set's.
 */
export async function commitManifest(target: BackupTarget, manifest: Manifest): Promise<void> {
  const name = setOfArchive(manifest.archive.name);
  if (name === undefined) throw new BackupError('invalid', `"${manifest.archive.name}" is not the name of an archive`);
  const text = formatManifest(manifest);
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > maxManifestBytes) throw tooLong(name, bytes.length);
  parseManifest(text, name);
  if (await isCommitted(target, name, text)) return;
  await mustHaveArchive(target, manifest);
  await target.put(namesOf(name).manifest, {
    bytes: bytes.length,
    open: (from) => Promise.resolve(Readable.from([bytes.subarray(from)])),
  });
}

async function isCommitted(target: BackupTarget, name: string, text: string): Promise<boolean> {
  if ((await target.stat(namesOf(name).manifest)) === undefined) return false;
  if ((await readManifestText(target, name)) === text) return true;
  const hint = 'a set is never rewritten; remove it first if it is to be replaced';
  throw new BackupError('conflict', `the set ${name} exists already with other content`, { name, hint });
}

async function mustHaveArchive(target: BackupTarget, { archive }: Manifest): Promise<void> {
  const stored = await target.stat(archive.name);
  if (stored === undefined) throw new BackupError('missing', `the archive ${archive.name} is not on the target`);
  if (stored.bytes === archive.bytes) return;
  throw new BackupError('corrupt', `the archive ${archive.name} has ${stored.bytes} bytes instead of ${archive.bytes}`);
}

/** Nothing is decoded twice or loosely: bytes that are no UTF-8 must not turn into text that looks right. */
async function readManifestText(target: BackupTarget, name: string): Promise<string> {
  const bytes = await readAtMost(await openManifest(target, name), name);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw corruptManifest(name, 'it is not UTF-8', cause);
  }
}

async function openManifest(target: BackupTarget, name: string): Promise<Readable> {
  try {
    return await target.get(namesOf(name).manifest);
  } catch (error) {
    if (isKind(error, 'missing')) throw noSuchSet(name, error);
    throw error;
  }
}

async function readAtMost(stream: Readable, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxManifestBytes) throw corruptManifest(name, `it has more than ${maxManifestBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLong(name: string, bytes: number): BackupError {
  const hint = 'the source has too many files, or too long names, for one set';
  return new BackupError('unsupported', `the manifest of ${name} would have ${bytes} bytes`, { name, hint });
}

function noSuchSet(name: string, cause: unknown): BackupError {
  const hint = '`cairn sets` lists the sets that are there';
  return new BackupError('missing', `there is no set ${name}`, { name, hint }, { cause });
}
