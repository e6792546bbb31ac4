import { Readable } from 'node:stream';
import type { Control } from '../model/control';
import { BackupError, isKind } from '../model/errors';
import type { MetadataManifest } from '../model/manifest';
import type { Verification, VerifyLevel } from '../model/set';
import type { BackupTarget } from '../model/target';
import { namesOf } from './layout';
import { readMetadataManifest } from './manifest';
import { readArchive } from './read-archive';

/**
 * Looks whether a set can be relied on. *Structure*: the manifest is whole, the archive is there with its size.
 * *Content*: also reads every byte and compares archive and files with their digests; nothing is written.
 * Damage is a finding, not an error. Throws `missing` when there is no such set, and what the target throws.
 */
export async function verifySet(
  target: BackupTarget,
  name: string,
  level: VerifyLevel,
  control: Control,
): Promise<Verification> {
  let bytesRead = 0;
  const count = (bytes: number) => void (bytesRead += bytes);
  const problems = await problemsOf(async () => {
    const manifest = await readMetadataManifest(target, name);
    await checkSize(target, name, manifest);
    if (level === 'content') await checkContent(target, name, manifest, control, count);
  });
  return { name, level, bytesRead, problems };
}

async function problemsOf(check: () => Promise<void>): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (isKind(error, 'corrupt')) return [(error as BackupError).what];
    throw error;
  }
}

async function checkSize(target: BackupTarget, name: string, { archive }: MetadataManifest): Promise<void> {
  const file = namesOf(name).archive;
  const stored = await target.stat(file);
  if (stored === undefined) throw new BackupError('corrupt', `the archive ${file} is not there any more`);
  if (stored.bytes === archive.bytes) return;
  throw new BackupError('corrupt', `the archive ${file} has ${stored.bytes} bytes instead of ${archive.bytes}`);
}

async function checkContent(
  target: BackupTarget,
  name: string,
  manifest: MetadataManifest,
  control: Control,
  count: (bytes: number) => void,
): Promise<void> {
  const archive = await target.get(namesOf(name).archive);
  await readArchive(Readable.from(counted(archive, count)), manifest, control, async (_file, chunks) => {
    for await (const _ of chunks);
  });
}

async function* counted(chunks: AsyncIterable<Buffer>, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}
