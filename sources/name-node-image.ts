import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { BackupError } from '../model/errors';

const magic = 'HDFSIMG1';

/**
 * Checks the frame of a checkpoint: it begins with the mark of the format (Hadoop 2.4 and later) and ends with the
 * length of its table of contents. What lies between is covered by its MD5 only.
 */
export async function checkImageFrame(file: string): Promise<void> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const [head, tail] = [Buffer.alloc(magic.length), Buffer.alloc(4)];
    await handle.read(head, 0, head.length, 0);
    await handle.read(tail, 0, tail.length, Math.max(0, size - tail.length));
    const contents = tail.readInt32BE(0);
    if (head.toString('latin1') !== magic) throw corrupt(file, 'is no checkpoint image');
    if (contents <= 0 || contents > size - magic.length - tail.length) throw corrupt(file, 'has no table of contents');
  } finally {
    await handle.close();
  }
}

/** Reads the whole image and compares its MD5. Flat memory. */
export async function checkImageDigest(file: string, md5: string, signal?: AbortSignal): Promise<void> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    if (signal?.aborted) throw new BackupError('cancelled', 'stopped while checking the image');
    hash.update(chunk as Buffer);
  }
  const found = hash.digest('hex');
  if (found !== md5) throw corrupt(file, `has the MD5 ${found}, not ${md5}`);
}

/** The text of `fsimage_….md5`, as `md5sum --binary` writes it. */
export function md5Text(md5: string, image: string): string {
  return `${md5} *${image}\n`;
}

/** The digest in such a text; `corrupt` when it is about another file. */
export function parseMd5(text: string, image: string): string {
  const [, md5, name] = /^([0-9a-f]{32}) [ *](\S+)\s*$/.exec(text) ?? [];
  if (md5 === undefined || name !== image) throw corrupt(`${image}.md5`, 'does not name the digest of its image');
  return md5;
}

function corrupt(file: string, why: string): BackupError {
  return new BackupError('corrupt', `${basename(file)} ${why}`);
}
