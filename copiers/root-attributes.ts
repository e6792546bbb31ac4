import { BackupError } from '../model/errors';
import type { WebHdfs } from '../servers/webhdfs';

/** A directory of HDFS. */
export interface Place {
  readonly webHdfs: WebHdfs;
  readonly path: string;
}

/**
 * Gives a directory the owner, group, mode, ACL, xattrs and time of another one: DistCp does so for all but the root of what
 * it copies. What is equal is not touched.
 */
export async function copyRootAttributes(from: Place, to: Place): Promise<void> {
  const [source, target] = await Promise.all([statusOf(from), statusOf(to)]);
  if (source.owner !== target.owner || source.group !== target.group)
    await to.webHdfs.setOwner(to.path, source.owner, source.group);
  if (source.hasAcl || target.hasAcl) await copyAcl(from, to, source.permission);
  else if (source.permission !== target.permission) await to.webHdfs.setPermission(to.path, source.permission);
  await copyXattrs(from, to);
  if (source.modified !== target.modified) await to.webHdfs.setTimes(to.path, source.modified, -1);
}

async function statusOf({ webHdfs, path }: Place) {
  const status = await webHdfs.status(path);
  if (status === undefined) throw new BackupError('missing', `HDFS has no ${path}`);
  return status;
}

/** The mode's group digit is the mask of an ACL: it is set before there is one, and after there is none. */
async function copyAcl(from: Place, to: Place, permission: string): Promise<void> {
  const [wanted, found] = await Promise.all([from.webHdfs.aclOf(from.path), to.webHdfs.aclOf(to.path)]);
  if (found.length > 0 && !sameEntries(wanted, found)) await to.webHdfs.setAcl(to.path, []);
  await to.webHdfs.setPermission(to.path, permission);
  if (wanted.length > 0 && !sameEntries(wanted, found)) await to.webHdfs.setAcl(to.path, wanted);
}

function sameEntries(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}

async function copyXattrs(from: Place, to: Place): Promise<void> {
  const [wanted, found] = await Promise.all([from.webHdfs.xattrsOf(from.path), to.webHdfs.xattrsOf(to.path)]);
  for (const [name, hex] of wanted) if (found.get(name) !== hex) await to.webHdfs.setXattr(to.path, name, hex);
  for (const name of found.keys()) if (!wanted.has(name)) await to.webHdfs.removeXattr(to.path, name);
}
