/** A tree of HDFS as plain data: what was written, or what was found. Paths are absolute; the root itself is not in it. */
import { createHash } from 'node:crypto';

export interface TreeEntry {
  readonly type: 'file' | 'directory' | 'symlink';
  /** 0 for a directory. */
  readonly bytes: number;
  readonly owner: string;
  readonly group: string;
  /** Octal, such as `640`. */
  readonly permission: string;
  /** What the ACL has beyond the mode, as HDFS writes it: `user:bob:r-x,group::r--`. */
  readonly acl?: string;
  /** Extended attributes, the values in hex: `user.colour=0x626c7565`. */
  readonly xattrs?: string;
  /** Of a file. */
  readonly replication?: number;
  /** Of a file, in bytes. */
  readonly blockSize?: number;
  /** Of a file, milliseconds since 1970; known when it is written. A directory's is that of the last change in it. */
  readonly modified?: number;
  /** Of a file's content, in hex. */
  readonly sha256?: string;
}

export type Tree = ReadonlyMap<string, TreeEntry>;

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

export function filesOf(tree: Tree): string[] {
  return [...tree].filter(([, { type }]) => type === 'file').map(([path]) => path);
}

export function bytesOf(tree: Tree): number {
  return [...tree.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

const facts = [
  'type',
  'bytes',
  'owner',
  'group',
  'permission',
  'acl',
  'xattrs',
  'replication',
  'blockSize',
  'modified',
  'sha256',
] as const satisfies readonly (keyof TreeEntry)[];

/** What differs between what should be there and what is, a line each; empty when they are equal. */
export function differences(wanted: Tree, found: Tree): string[] {
  const paths = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return paths.flatMap((path) => differencesAt(path, wanted.get(path), found.get(path)));
}

function differencesAt(path: string, wanted: TreeEntry | undefined, found: TreeEntry | undefined): string[] {
  if (wanted === undefined) return [`${path}: is there, and should not be`];
  if (found === undefined) return [`${path}: is missing`];
  return facts
    .filter((fact) => wanted[fact] !== found[fact])
    .map((fact) => `${path}: ${fact} is ${text(found[fact])}, and should be ${text(wanted[fact])}`);
}

function text(fact: string | number | undefined): string {
  return fact === undefined ? 'none' : String(fact);
}
