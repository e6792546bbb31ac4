/** Finds out what a real HDFS holds: every path with its attributes, and every byte of every file. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { HdfsEntry, WebHdfs } from '../servers/webhdfs';
import { inParallel } from './in-parallel';
import type { Tree, TreeEntry } from './tree';
import { atOnce, type Progress } from './write-tree';

/** The whole tree, with the digests of what can really be read. */
export async function readTree(hdfs: WebHdfs, progress: Progress = () => {}): Promise<Tree> {
  const found = await listTree(hdfs);
  const tree = new Map<string, TreeEntry>();
  let files = 0;
  await inParallel(atOnce, found, async ([path, entry]) => {
    tree.set(path, await readEntry(hdfs, path, entry));
    if (entry.type === 'file') progress((files += 1));
  });
  return tree;
}

/** The tree, which lies in HDFS, with the times that its files have there. */
export async function withTimes(hdfs: WebHdfs, tree: Tree): Promise<Tree> {
  const found = await listTree(hdfs);
  const timed = ([path, entry]: [string, TreeEntry]): [string, TreeEntry] => {
    const there = found.get(path);
    return [path, there?.type === 'file' ? { ...entry, modified: there.modified } : entry];
  };
  return new Map([...tree].map(timed));
}

/** Level by level, the directories of a level at once. */
async function listTree(hdfs: WebHdfs): Promise<Map<string, HdfsEntry>> {
  const found = new Map<string, HdfsEntry>();
  for (let level = ['']; level.length > 0;) {
    const below: string[] = [];
    await inParallel(atOnce, level, async (folder) => {
      for await (const entry of hdfs.list(folder === '' ? '/' : folder)) {
        const path = `${folder}/${entry.name}`;
        found.set(path, entry);
        if (entry.type === 'directory') below.push(path);
      }
    });
    level = below;
  }
  return found;
}

async function readEntry(hdfs: WebHdfs, path: string, entry: HdfsEntry): Promise<TreeEntry> {
  const { type, bytes, owner, group, permission, replication, blockSize, modified, hasAcl } = entry;
  const acl = hasAcl ? (await hdfs.aclOf(path)).join(',') : '';
  const xattrs = [...(await hdfs.xattrsOf(path))]
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
  return {
    ...{ type, bytes, owner, group, permission },
    ...(acl !== '' && { acl }),
    ...(xattrs !== '' && { xattrs }),
    ...(type === 'file' && { replication, blockSize, modified, sha256: await digestOf(hdfs, path) }),
  };
}

async function digestOf(hdfs: WebHdfs, path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(await hdfs.open(path), hash);
  return hash.digest('hex');
}
