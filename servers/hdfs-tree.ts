import { BackupError, isKind } from '../model/errors';
import type { Checksum, TreeEntry, TreeReader } from '../model/tree';
import type { HdfsEntry, WebHdfs } from './webhdfs';

/**
 * A tree of HDFS as it is now or, where the path leads through `.snapshot/<name>`, as it was then. It lists one directory
 * of each level at a time, page by page, in the order that the NameNode keeps, which is that of `comparePaths`.
 */
export function openHdfsTree(webHdfs: WebHdfs, root: string): TreeReader {
  return {
    list: () => entriesOf(webHdfs, root),
    checksum: (path) => checksumOf(webHdfs, join(root, path)),
    open: (path, range) => webHdfs.open(join(root, path), range),
  };
}

async function* entriesOf(webHdfs: WebHdfs, root: string): AsyncGenerator<TreeEntry> {
  const status = await webHdfs.status(root);
  if (status === undefined) throw new BackupError('missing', `HDFS has no ${root}`);
  const entry = entryAt(root, '', status);
  yield entry;
  if (entry.type === 'directory') yield* entriesBelow(webHdfs, root, '');
}

async function* entriesBelow(webHdfs: WebHdfs, root: string, directory: string): AsyncGenerator<TreeEntry> {
  for await (const status of webHdfs.list(join(root, directory))) {
    const entry = entryAt(root, directory === '' ? status.name : `${directory}/${status.name}`, status);
    yield entry;
    if (entry.type === 'directory') yield* entriesBelow(webHdfs, root, entry.path);
  }
}

function entryAt(root: string, path: string, status: HdfsEntry): TreeEntry {
  const { type, bytes, modified, owner, group, permission, replication, blockSize, hasAcl } = status;
  if (type === 'symlink') {
    throw new BackupError('unsupported', `${join(root, path)} is a symbolic link of HDFS`, {
      hint: 'put in its place what it leads to; such links are neither followed nor kept',
    });
  }
  const attributes = { modified, owner, group, permission, ...(hasAcl && { hasAcl }) };
  if (type === 'directory') return { path, type, bytes: 0, ...attributes };
  return { path, type, bytes, ...attributes, replication, blockSize };
}

async function checksumOf(webHdfs: WebHdfs, path: string): Promise<Checksum | undefined> {
  try {
    const { algorithm, bytes } = await webHdfs.fileChecksum(path);
    return { algorithm, value: bytes.toLowerCase() };
  } catch (error) {
    if (isKind(error, 'unsupported')) return undefined;
    throw error;
  }
}

function join(root: string, path: string): string {
  if (path === '') return root;
  return root === '/' ? `/${path}` : `${root}/${path}`;
}
