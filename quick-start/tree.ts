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

/** What differs between what should be there and what is, a line each; empty when they are equal. */
export function differences(wanted: Tree, found: Tree): string[] {
  const paths = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return paths.flatMap((path) => differencesAt(path, wanted.get(path), found.get(path)));
}

function differencesAt(path: string, wanted: TreeEntry | undefined, found: TreeEntry | undefined): string[] {
  if (wanted === undefined) return [`${path}: is there, and should not be`];
  if (found === undefined) return [`${path}: is missing`];
  const facts = ['type', 'bytes', 'owner', 'group', 'permission', 'sha256'] as const;
  return facts
    .filter((fact) => wanted[fact] !== found[fact])
    .map((fact) => `${path}: ${fact} is ${found[fact]}, and should be ${wanted[fact]}`);
}
