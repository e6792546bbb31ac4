import { Readable } from 'node:stream';
import { BackupError } from '../../model/errors';
import { comparePaths, type Checksum, type TreeEntry, type TreeReader } from '../../model/tree';
import { createHdfsChecksum } from '../../servers/hdfs-checksum';

/** A file or, without content, a directory. What is not said of it is as usual. */
export interface MemoryNode {
  readonly content?: Buffer;
  readonly attributes?: Partial<Omit<TreeEntry, 'path' | 'type' | 'bytes'>>;
  /** What the store says of a file in place of HDFS's usual checksum; null: it has none. */
  readonly checksum?: Checksum | null;
}

/** By name on the target; directories above a file need not be said. Names may hold any character. */
export type MemoryNodes = ReadonlyMap<string, MemoryNode>;

export const memoryBlockSize = 1024;

/** The tree below a name, in the order of trees. */
export function readMemoryTree(nodes: MemoryNodes, root: string): TreeReader {
  const at = (path: string) => nodes.get(path === '' ? root : `${root}/${path}`);
  const fileAt = (path: string): Required<Pick<MemoryNode, 'content'>> & MemoryNode => {
    const node = at(path);
    if (node?.content === undefined) throw new BackupError('missing', `${JSON.stringify(path)} is not there`);
    return { ...node, content: node.content };
  };
  return {
    async *list() {
      const paths = pathsBelow(nodes, root);
      if (paths.length === 0) throw new BackupError('missing', `${root} is not there`);
      for (const path of paths) yield entryOf(path, at(path));
    },
    checksum: async (path) => {
      const { content, checksum, attributes } = fileAt(path);
      if (checksum !== undefined) return checksum ?? undefined;
      return hdfsChecksumOf(content, attributes?.blockSize ?? memoryBlockSize);
    },
    open: async (path, range) => {
      const { content } = fileAt(path);
      const bytes = range === undefined ? content : content.subarray(range.start, range.end + 1);
      return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
    },
  };
}

/** As WebHDFS answers it: bytes of a CRC, CRCs of a block, and the MD5. */
export function hdfsChecksumOf(content: Buffer, blockSize: number): Checksum {
  const bytesPerCrc = content.length === 0 ? 0 : 512;
  const crcPerBlock = content.length > blockSize ? blockSize / bytesPerCrc : 0;
  const crc = content.length === 0 ? 'CRC32' : 'CRC32C';
  const computed = createHdfsChecksum({ blockSize, bytesPerCrc, crc });
  computed.update(content);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(bytesPerCrc, 0);
  head.writeUInt32BE(crcPerBlock, 8);
  const algorithm = `MD5-of-${crcPerBlock}MD5-of-${bytesPerCrc}${crc}`;
  return { algorithm, value: head.toString('hex') + computed.digest() };
}

function pathsBelow(nodes: MemoryNodes, root: string): string[] {
  const paths = new Set<string>();
  for (const name of nodes.keys()) {
    if (name !== root && !name.startsWith(`${root}/`)) continue;
    for (
      let path = name.slice(root.length + 1);
      !paths.has(path);
      path = path.slice(0, Math.max(path.lastIndexOf('/'), 0))
    )
      paths.add(path);
  }
  return [...paths].sort(comparePaths);
}

function entryOf(path: string, node: MemoryNode | undefined): TreeEntry {
  const usual = { modified: 1_700_000_000_000, owner: 'hdfs', group: 'supergroup' };
  if (node?.content === undefined)
    return { path, type: 'directory', bytes: 0, ...usual, permission: '755', ...node?.attributes };
  const ofFile = { permission: '644', replication: 3, blockSize: memoryBlockSize };
  return { path, type: 'file', bytes: node.content.length, ...usual, ...ofFile, ...node.attributes };
}
