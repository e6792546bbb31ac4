import { addAbortSignal } from 'node:stream';
import { type BackupError, isKind } from '../model/errors';
import type { TreeReader } from '../model/tree';
import { createHdfsChecksum, md5Of, parseAlgorithm, type HdfsChecksum } from '../servers/hdfs-checksum';
import { mustGoOn } from './stop';
import type { IndexLine } from './tree-index';

/**
 * Reads a file whole and compares its bytes with its line of the index; `count` is told of each chunk. Answers what is
 * wrong, in words; undefined when nothing is. A checksum that cannot be computed from the bytes is wrong, too: the file
 * is read all the same. Errors as of the reader, but for damage; `cancelled`.
 */
export async function problemOfFile(
  reader: TreeReader,
  file: IndexLine,
  signal: AbortSignal,
  count: (bytes: number) => void,
): Promise<string | undefined> {
  mustGoOn(signal);
  const checksum = checksumFor(file);
  try {
    const bytes = await readWhole(reader, file, signal, (chunk) => {
      if (typeof checksum === 'object') checksum.update(chunk);
      count(chunk.length);
    });
    return problemOf(file, bytes, checksum);
  } catch (error) {
    mustGoOn(signal);
    if (isKind(error, 'corrupt') || isKind(error, 'missing'))
      return `${nameOf(file)} cannot be read: ${(error as BackupError).what}`;
    throw error;
  }
}

/** In words, why there is none. */
function checksumFor({ bytes, checksum, blockSize }: IndexLine): HdfsChecksum | string {
  if (checksum === undefined) return bytes === 0 ? 'it is empty' : 'its store had no checksum of it';
  const algorithm = parseAlgorithm(checksum.algorithm);
  if (algorithm === undefined) return `${checksum.algorithm} cannot be computed from its bytes`;
  if (blockSize === undefined || blockSize === 0) return 'its block size is not known';
  return createHdfsChecksum({ blockSize, bytesPerCrc: algorithm.bytesPerCrc, crc: algorithm.crc });
}

async function readWhole(
  reader: TreeReader,
  { path }: IndexLine,
  signal: AbortSignal,
  take: (chunk: Buffer) => void,
): Promise<number> {
  let bytes = 0;
  for await (const chunk of addAbortSignal(signal, await reader.open(path)) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    take(chunk);
  }
  return bytes;
}

/** An empty file has nothing that could differ. */
function problemOf(file: IndexLine, bytes: number, checksum: HdfsChecksum | string): string | undefined {
  if (bytes !== file.bytes) return `${nameOf(file)} has ${bytes} bytes instead of ${file.bytes}`;
  if (bytes === 0) return undefined;
  if (typeof checksum === 'string') return `${nameOf(file)} could not be verified: ${checksum}`;
  const [found, expected] = [checksum.digest(), md5Of({ algorithm: '', bytes: file.checksum!.value })];
  if (found === expected) return undefined;
  return `${nameOf(file)} is damaged: its checksum is ${found} instead of ${expected}`;
}

function nameOf({ path }: IndexLine): string {
  return path === '' ? 'the file' : `the file ${JSON.stringify(path)}`;
}
