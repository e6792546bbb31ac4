/** Puts a planned tree, and planned changes of it, into a real HDFS. */
import type { WebHdfs } from '../servers/webhdfs';
import { inParallel } from './in-parallel';
import type { Change } from './sample';
import { contentOf } from './sample-content';
import type { Tree, TreeEntry } from './tree';

/** How many requests the small NameNode is given at once. */
export const atOnce = 8;

/** Tells how many files are there by now. */
export type Progress = (files: number) => void;

/** Writes a tree into an HDFS that has nothing at its paths. */
export async function writeTree(hdfs: WebHdfs, tree: Tree, progress: Progress = () => {}): Promise<void> {
  const directories = [...tree].filter(([, { type }]) => type === 'directory');
  const files = [...tree].filter(([, { type }]) => type === 'file');
  let written = 0;
  await inParallel(atOnce, directories, ([path]) => hdfs.mkdirs(path));
  // The large ones first: else the last of them would be written alone.
  await inParallel(atOnce, files.sort(byBytes).reverse(), async ([path, entry]) => {
    await writeFile(hdfs, path, entry);
    progress((written += 1));
  });
  await inParallel(atOnce, tree, ([path, entry]) => setAttributes(hdfs, path, entry));
}

/** Carries the changes out, one after the other. */
export async function changeTree(hdfs: WebHdfs, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    if (change.do === 'add') await writeTree(hdfs, new Map([[change.path, change.entry]]));
    if (change.do === 'rewrite') await writeFile(hdfs, change.path, change.entry, change.seed);
    if (change.do === 'describe') await setAttributes(hdfs, change.path, change.entry);
    if (change.do === 'remove') await hdfs.remove(change.path);
    if (change.do === 'rename') await hdfs.rename(change.path, change.to);
  }
}

/** Removes what lies in a directory, and tells what that was; the directory itself stays. */
export async function emptyDirectory(hdfs: WebHdfs, directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of hdfs.list(directory)) names.push(name);
  await inParallel(atOnce, names, (name) => hdfs.remove(`${directory}/${name}`));
  return names;
}

function byBytes([, one]: [string, TreeEntry], [, other]: [string, TreeEntry]): number {
  return one.bytes - other.bytes;
}

async function writeFile(hdfs: WebHdfs, path: string, entry: TreeEntry, seed = path): Promise<void> {
  const { bytes, permission, blockSize, replication } = entry;
  const layout = { ...(blockSize && { blockSize }), ...(replication && { replication }) };
  await hdfs.create(path, contentOf(seed, bytes), { permission, overwrite: seed !== path, ...layout });
}

/** What a new file or directory does not have by itself: who wrote it owns it, its parent's group has it. */
async function setAttributes(hdfs: WebHdfs, path: string, entry: TreeEntry): Promise<void> {
  const { type, owner, group, permission, acl, xattrs } = entry;
  if (owner !== 'hdfs') await hdfs.setOwner(path, owner, group);
  if (type === 'directory' && permission !== '755') await hdfs.setPermission(path, permission);
  if (acl !== undefined) await hdfs.setAcl(path, acl.split(','));
  for (const xattr of xattrs?.split(',') ?? []) {
    const [name, value] = xattr.split('=') as [string, string];
    await hdfs.setXattr(path, name, value);
  }
}
