import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../model/errors';
import { type Answer, codeOf } from './http';

/** A file that was written whole. */
export interface Saved {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly md5: string;
}

/**
 * Writes an answer's body into a file, in flat memory, and hashes it on the way. `written` hears the bytes so far.
 * What cannot be written whole is removed again. `full` before the first byte when the disk cannot hold it.
 */
export async function save(answer: Answer, file: string, written: (bytes: number) => void = () => {}): Promise<Saved> {
  try {
    await refuseFullDisk(answer, file);
    return await writeAll(answer, file, written);
  } catch (error) {
    answer.discard();
    await rm(file, { force: true });
    throw codeOf(error) === 'ENOSPC'
      ? new BackupError('full', `no space left for ${file}`, {}, { cause: error })
      : error;
  }
}

async function writeAll(answer: Answer, file: string, written: (bytes: number) => void): Promise<Saved> {
  const md5 = createHash('md5');
  let bytes = 0;
  await pipeline(
    answer.chunks(),
    async function* (chunks) {
      for await (const chunk of chunks) {
        md5.update(chunk);
        yield chunk;
        written((bytes += chunk.length));
      }
    },
    createWriteStream(file),
  );
  return { bytes, md5: md5.digest('hex') };
}

async function refuseFullDisk(answer: Answer, file: string): Promise<void> {
  const needed = Number(answer.header('content-length') ?? 0);
  const { bavail, bsize } = await statfs(dirname(file));
  if (bavail * bsize >= needed) return;
  throw new BackupError('full', `${dirname(file)} has ${bavail * bsize} bytes free, ${needed} are needed`);
}
