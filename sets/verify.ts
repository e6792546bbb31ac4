import { Readable } from 'node:stream';
import type { Control } from '../model/control';
import { BackupError } from '../model/errors';
import type { MetadataManifest } from '../model/manifest';
import type { Verification, VerifyLevel } from '../model/set';
import type { BackupTarget } from '../model/target';
import { familyOf, namesOf } from './layout';
import { readMetadataManifest } from './manifest';
import { withProblems, type Verifying } from './problems';
import { readArchive } from './read-archive';
import { verifyTrees } from './verify-trees';

/**
 * Looks whether a set can be relied on. *Structure*: the manifest is whole, and all that it names is there with its size:
 * the archive, or the index and each entry of the trees as the index tells it. *Content*: also reads every byte and
 * compares it with the digests of archive and files, or with HDFS's checksum of each file; nothing is written.
 * Damage is a finding, not an error. Throws `missing` when there is no such set, and what the target throws; `cancelled`.
 */
export async function verifySet(
  target: BackupTarget,
  name: string,
  level: VerifyLevel,
  control: Control,
): Promise<Verification> {
  let bytesRead = 0;
  const count = (bytes: number) => void (bytesRead += bytes);
  const verify = familyOf(name) === 'metadata' ? verifyArchive : verifyTrees;
  const problems = await withProblems((note) => verify({ target, name, level, control, count, note }));
  return { name, level, bytesRead, problems };
}

async function verifyArchive({ target, name, level, control, count }: Verifying): Promise<void> {
  const manifest = await readMetadataManifest(target, name);
  await checkSize(target, name, manifest);
  if (level === 'content') await checkContent(target, name, manifest, control, count);
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
