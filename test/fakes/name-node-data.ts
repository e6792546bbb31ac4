import { createHash } from 'node:crypto';
import { crc32 } from '@node-rs/crc32';

const block = 1024 * 1024;

/** A checkpoint of any size, made as it is read: the same bytes each time, and about as compressible as a real one. */
export interface SyntheticImage {
  readonly bytes: number;
  readonly md5: string;
  chunks(): Iterable<Buffer>;
}

export function syntheticImage(bytes: number): SyntheticImage {
  const template = inodes();
  function* chunks(): Iterable<Buffer> {
    for (let at = 0; at < bytes; at += block) {
      const piece = Buffer.from(template.subarray(0, Math.min(block, bytes - at)));
      for (let stamp = 0; stamp + 4 <= piece.length; stamp += 512) piece.writeInt32BE((at + stamp) >>> 9, stamp);
      if (at === 0) piece.write('HDFSIMG1', 0, 'latin1');
      if (at + piece.length === bytes) piece.writeInt32BE(100, piece.length - 4);
      yield piece;
    }
  }
  return { bytes, md5: md5Of(chunks()), chunks };
}

function md5Of(chunks: Iterable<Buffer>): string {
  const hash = createHash('md5');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** Records like those of files: a growing number, names that differ in the middle, mostly equal rest. */
function inodes(): Buffer {
  let random = 42;
  const next = () => (random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0);
  const records: string[] = [];
  for (let bytes = 0; bytes < block; bytes += records.at(-1)!.length) {
    const name = `part-${String(next() % 99_999).padStart(5, '0')}-${next().toString(16)}${next().toString(16)}.parquet`;
    records.push(
      `\b\u0001\u0010${16_386 + records.length}\u001a${name}"\u0012\b\u0003\u0010${next()}hdfs supergroup\n`,
    );
  }
  return Buffer.from(records.join(''), 'latin1').subarray(0, block);
}

export interface EditsOptions {
  /** Bytes of each transaction's body; between 0 and 200 when absent. */
  readonly bodyBytes?: number;
  readonly layoutVersion?: number;
  /** Bytes behind the last transaction, as a crash leaves them. */
  readonly padding?: number;
}

/** A finalized segment as a NameNode writes it. */
export function segment(start: number, end: number, options: EditsOptions = {}): Buffer {
  const header = Buffer.alloc(8);
  header.writeInt32BE(options.layoutVersion ?? -67);
  const transactions = Array.from({ length: end - start + 1 }, (_, n) => transaction(start + n, options.bodyBytes));
  return Buffer.concat([header, ...transactions, Buffer.alloc(options.padding ?? 0, 0xff)]);
}

function transaction(txId: number, bodyBytes = (txId * 37) % 200): Buffer {
  const bytes = Buffer.alloc(13 + bodyBytes + 4, txId % 251);
  bytes.writeUInt8(txId % 2 === 0 ? 9 : 5);
  bytes.writeInt32BE(12 + bodyBytes, 1);
  bytes.writeBigInt64BE(BigInt(txId), 5);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}
