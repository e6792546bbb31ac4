/** Puts a planned tree, and planned changes of it, into a real HDFS. */
import type { WebHdfs } from '../servers/webhdfs';
import { inParallel } from './in-parallel';
import { type Change, contentOf } from './sample';
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
  await inParallel(atOnce, files, async ([path, entry]) => {
    await writeFile(hdfs, path, entry);
    progress((written += 1));
  });
  await inParallel(atOnce, tree, ([path, entry]) => setAttributes(hdfs, path, entry));
}

/** Carries the changes out, one after the other. */
export async function changeTree(hdfs: WebHdfs, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    if (change.do === 'add') await writeTree(hdfs, new Map([[change.path, change.entry]]));
    if (change.do === 'remove') await hdfs.remove(change.path);
    if (change.do === 'rename') await hdfs.rename(change.path, change.to);
  }
}

async function writeFile(hdfs: WebHdfs, path: string, { bytes, permission }: TreeEntry): Promise<void> {
  await hdfs.create(path, contentOf(path, bytes), { permission });
}

/** What a new file or directory does not have by itself: who wrote it owns it, its parent's group has it. */
async function setAttributes(hdfs: WebHdfs, path: string, entry: TreeEntry): Promise<void> {
  if (entry.type === 'directory' && entry.permission !== '755') await hdfs.setPermission(path, entry.permission);
  if (entry.owner !== 'hdfs') await hdfs.setOwner(path, entry.owner, entry.group);
}
