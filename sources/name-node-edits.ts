import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { crc32 } from '@node-rs/crc32';
import { BackupError } from '../model/errors';
import type { Segment } from '../servers/name-node-journal';
import { type ByteReader, openByteReader } from './name-node-bytes';

/**
 * Checks a finalized segment: that it holds exactly these transactions, one after the other, each with its checksum.
 *
 * Format since layout -56 (Hadoop 2.4): layout version and layout flags, 4 bytes each; then for each transaction its
 * operation (1 byte), a length (4, counts itself, the id and the body), its id (8), a body, and the CRC-32 of all
 * that (4). A segment that was closed after a crash may end with bytes 0xff or 0x00.
 */
export async function checkEdits(file: string, segment: Segment, signal?: AbortSignal): Promise<void> {
  const handle = await open(file);
  try {
    const reader = openByteReader(handle);
    const wrong = (why: string) => new BackupError('corrupt', `${basename(file)} ${why}`);
    await checkHeader(reader, wrong);
    const next = await checkTransactions(reader, segment, wrong, signal);
    if (next !== segment.end + 1) throw wrong(`ends before transaction ${next}`);
  } finally {
    await handle.close();
  }
}

type Wrong = (why: string) => BackupError;

async function checkHeader(reader: ByteReader, wrong: Wrong): Promise<void> {
  const header = await reader.take(8);
  if (header.length < 8) throw wrong('has no header');
  const layout = header.readInt32BE(0);
  if (layout < -1000 || layout >= 0) throw wrong(`has the impossible layout version ${layout}`);
  if (layout > -56) throw new BackupError('unsupported', `edits of layout ${layout}: Hadoop 2.4 or later is needed`);
  if (header.readInt32BE(4) !== 0) throw wrong('has unknown layout flags');
}

/** Returns the transaction that would come next. */
async function checkTransactions(reader: ByteReader, segment: Segment, wrong: Wrong, signal?: AbortSignal) {
  let next = segment.start;
  for (;;) {
    const head = await reader.take(13);
    if (head.length === 0) return next;
    if (head[0] === padding) return checkPadding(reader, head, next, wrong);
    if (head.length < 13) throw wrong(`breaks off in transaction ${next}`);
    const [length, txId] = [head.readInt32BE(1), Number(head.readBigInt64BE(5))];
    if (txId !== next) throw wrong(`has transaction ${txId} where ${next} should be`);
    if (length < 12) throw wrong(`has the impossible length ${length} in transaction ${next}`);
    await checkBody(reader, length - 12, crc32(head), () => wrong(`is damaged in transaction ${next}`));
    if (next % 4096 === 0 && signal?.aborted) throw new BackupError('cancelled', 'stopped while checking edits');
    next += 1;
  }
}

async function checkBody(reader: ByteReader, length: number, crcOfHead: number, damaged: () => BackupError) {
  let crc = crcOfHead;
  for (let left = length; left > 0;) {
    const piece = await reader.take(left);
    if (piece.length === 0) throw damaged();
    crc = crc32(piece, crc);
    left -= piece.length;
  }
  const told = await reader.take(4);
  if (told.length < 4 || told.readUInt32BE(0) !== crc) throw damaged();
}

const padding = 0xff;

async function checkPadding(reader: ByteReader, head: Buffer, next: number, wrong: Wrong): Promise<number> {
  for (let piece = head; piece.length > 0; piece = await reader.take(64 * 1024)) {
    if (piece.some((byte) => byte !== padding && byte !== 0)) throw wrong(`has data behind its end at ${next}`);
  }
  return next;
}
