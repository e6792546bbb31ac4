import { crc32, crc32c } from '@node-rs/crc32';
import { createHash } from 'node:crypto';
import { BackupError } from '../model/errors';
import type { FileChecksum } from './webhdfs-answers';

/** HDFS's own checksum of a file, computed from its bytes as they come by. */
export interface HdfsChecksum {
  update(chunk: Uint8Array): void;
  /** Lower-case hex of the MD5, as `md5Of` gives it of HDFS's answer. Once, at the end. */
  digest(): string;
}

/** What the name of HDFS's checksum tells about how it was made. */
export interface ChecksumAlgorithm {
  /** CRCs of a whole block; 0 when the file has one block only. */
  readonly crcPerBlock: number;
  /** Bytes that one CRC covers; 0 for an empty file. */
  readonly bytesPerCrc: number;
  readonly crc: 'CRC32' | 'CRC32C';
}

export interface ChecksumOptions {
  /** The file's, from its status. */
  readonly blockSize: number;
  readonly bytesPerCrc: number;
  /** `CRC32C` when absent, as in HDFS. */
  readonly crc?: 'CRC32' | 'CRC32C';
}

/** Reads such as `MD5-of-2048MD5-of-512CRC32C`; undefined for what cannot be computed from the bytes, such as COMPOSITE. */
export function parseAlgorithm(text: string): ChecksumAlgorithm | undefined {
  const found = /^MD5-of-(\d+)MD5-of-(\d+)(CRC32C?)$/.exec(text);
  if (found === null) return undefined;
  return { crcPerBlock: Number(found[1]), bytesPerCrc: Number(found[2]), crc: found[3] as ChecksumAlgorithm['crc'] };
}

/** The MD5 in HDFS's answer: before it stand the bytes of a CRC (4 bytes) and the CRCs of a block (8). */
export function md5Of(checksum: FileChecksum): string {
  return checksum.bytes.slice(24, 56).toLowerCase();
}

/**
 * MD5 of the MD5s of the blocks, each of them of the CRCs of its pieces; in flat memory. The MD5s of the blocks are
 * padded with zeros to the next power of two, at least 32 bytes: Hadoop hashes its whole buffer.
 */
export function createHdfsChecksum({ blockSize, bytesPerCrc, crc = 'CRC32C' }: ChecksumOptions): HdfsChecksum {
  if (!(blockSize > 0)) throw new BackupError('invalid', `${blockSize} is no block size`);
  const blocks: Buffer[] = [];
  const newBlock = () => openBlock(bytesPerCrc || blockSize, crc);
  let block = newBlock();
  let room = blockSize;

  function closeBlock() {
    blocks.push(block.digest());
    block = newBlock();
    room = blockSize;
  }
  return {
    update(chunk) {
      for (let at = 0; at < chunk.length;) {
        if (room === 0) closeBlock();
        const part = chunk.subarray(at, at + room);
        block.update(part);
        at += part.length;
        room -= part.length;
      }
    },
    digest() {
      if (room < blockSize) closeBlock();
      return createHash('md5').update(padded(blocks)).digest('hex');
    },
  };
}

/** The MD5 of a block's CRCs, each as 4 bytes, the highest first. */
function openBlock(bytesPerCrc: number, crc: 'CRC32' | 'CRC32C') {
  const crcOf = crc === 'CRC32' ? crc32 : crc32c;
  const md5 = createHash('md5');
  const crcs = Buffer.allocUnsafe(16 * 1024);
  let filled = 0;
  let last = 0;
  let missing = bytesPerCrc;

  function closePiece() {
    filled = crcs.writeUInt32BE(last, filled);
    if (filled === crcs.length) flush();
    last = 0;
    missing = bytesPerCrc;
  }
  function flush() {
    md5.update(crcs.subarray(0, filled));
    filled = 0;
  }
  return {
    update(chunk: Uint8Array) {
      for (let at = 0; at < chunk.length;) {
        const part = view(chunk, at, Math.min(missing, chunk.length - at));
        last = crcOf(part, last);
        at += part.length;
        missing -= part.length;
        if (missing === 0) closePiece();
      }
    },
    digest() {
      if (missing < bytesPerCrc) closePiece();
      flush();
      return md5.digest();
    },
  };
}

/** A Buffer's own `subarray` takes half of the time that all of this takes. */
function view(chunk: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset + at, length);
}

function padded(blocks: readonly Buffer[]): Buffer {
  const size = 2 ** Math.ceil(Math.log2(Math.max(32, blocks.length * 16)));
  // Not `Buffer.concat(blocks, size)`: of no blocks at all it makes no bytes at all.
  return Buffer.concat([...blocks, Buffer.alloc(size - blocks.length * 16)]);
}
