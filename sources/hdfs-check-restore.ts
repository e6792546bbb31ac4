import type { Replaced, SetTree } from '../model/data-source';
import { BackupError } from '../model/errors';
import { type HdfsSpec, isHdfsPath, isWithin } from '../model/hdfs';
import { openFiles } from '../servers/name-node-lists';
import { openWebHdfs, type SnapshottableDirectory, type WebHdfs } from '../servers/webhdfs';
import { findPlace, type HdfsRestorePlace } from './hdfs-restore-place';
import {
  type HdfsSourceOptions,
  isRelated,
  maxSnapshots,
  nestedWith,
  refuseEncrypted,
  refuseNoRoom,
  zonesOf,
} from './hdfs-refusals';

/** See `DataSource.checkRestore`: throws for the first tree that cannot go where it shall go. Answers the places. */
export async function checkRestore(
  options: HdfsSourceOptions,
  spec: HdfsSpec,
  trees: readonly SetTree[],
): Promise<readonly HdfsRestorePlace[]> {
  trees.forEach((tree) => refusePath(tree.to));
  refuseNestedTrees(trees);
  const dfs = openWebHdfs(spec.hdfs.nameNodes, options.login);
  const places: HdfsRestorePlace[] = [];
  for (const tree of trees) places.push(await findPlace(dfs, tree));
  const zones = await zonesOf(spec.hdfs, options);
  const directories = await dfs.snapshottableDirectories();
  for (const place of places) {
    refuseEncrypted(place.to, zones);
    await refuseSets(dfs, place, directories);
    refuseSnapshots(place, directories, options.maxSnapshots ?? maxSnapshots);
    await refuseOtherCoding(dfs, place);
  }
  return places;
}

/** See `DataSource.describeReplaced`. */
export async function describeReplaced(
  options: HdfsSourceOptions,
  spec: HdfsSpec,
  trees: readonly SetTree[],
): Promise<readonly Replaced[]> {
  const { login, command } = options;
  const dfs = openWebHdfs(spec.hdfs.nameNodes, login);
  const replaced: Replaced[] = [];
  for (const { to, there, how } of await checkRestore(options, spec, trees)) {
    if (there === undefined) {
      replaced.push({ to, how, openFiles: [] });
      continue;
    }
    const open = await openFiles({ addresses: spec.hdfs.nameNodes, login, ...(command && { command }) }, to, 5);
    const { files, directories, bytes } = await dfs.contentSummary(to);
    replaced.push({ to, there: { files, directories, bytes }, how, openFiles: open.map(({ path }) => path) });
  }
  return replaced;
}

function refusePath(to: string): void {
  if (!isHdfsPath(to)) {
    throw new BackupError('invalid', `\`${to}\` is no directory that can be restored to`, {
      hint: 'name an absolute path of HDFS without "..", ".snapshot" or a slash at its end, and not "/" itself',
    });
  }
  const system = runningJobs.find((path) => isRelated(to, path));
  if (system === undefined) return;
  throw new BackupError('unsupported', `${to} is not restored: running Yarn jobs use ${system}`, {
    hint: 'choose another directory, and move what is needed by hand',
  });
}

/** Product facts §8. */
const runningJobs = ['/tmp/logs', '/tmp/archived', '/tmp/hadoop-yarn/staging'];

function refuseNestedTrees(trees: readonly SetTree[]): void {
  for (const [place, one] of trees.entries()) {
    const other = trees.slice(place + 1).find(({ to }) => isRelated(one.to, to));
    if (other === undefined) continue;
    throw new BackupError('invalid', `${one.path} and ${other.path} would go to ${one.to} and ${other.to}`, {
      hint: 'give each a place of its own, none inside another',
    });
  }
}

/** Restoring over sets, or into them, would destroy what people restore from; perhaps this very set. */
async function refuseSets(
  dfs: WebHdfs,
  { to }: HdfsRestorePlace,
  directories: readonly SnapshottableDirectory[],
): Promise<void> {
  for (const { path } of directories) {
    if (!isRelated(to, path) || !(await holdsSets(dfs, path))) continue;
    throw new BackupError('conflict', `${to} is not restored: ${path} holds sets of cairn`, {
      hint: 'choose a directory beside it',
    });
  }
}

/** As sets lie on HDFS: a folder `<task>_<source>_<creation>` with `.cairn` in it. */
async function holdsSets(dfs: WebHdfs, folder: string): Promise<boolean> {
  return /_\d{14}$/.test(folder) && (await dfs.status(`${folder}/.cairn`)) !== undefined;
}

/**
 * HDFS neither renames nor removes a directory while it, or one in it, has snapshots, and it renames none that holds
 * one which may have them. One above, with snapshots or without, is in nobody's way.
 */
function refuseSnapshots(
  { to, there, how }: HdfsRestorePlace,
  directories: readonly SnapshottableDirectory[],
  limit: number,
): void {
  if (how === 'snapshot') refuseNoRoom(to, directories, limit);
  const other = nestedWith(to, directories);
  if (other === undefined || there === undefined) return;
  if (how === 'aside' && isWithin(to, other.path)) return;
  throw new BackupError('precondition', `${to} cannot be replaced: ${other.path} may have snapshots`, {
    hint: `restore to another place; or \`hdfs dfsadmin -disallowSnapshot ${other.path}\`, when nobody needs its snapshots`,
  });
}

/** Product facts §8. What the tree was is known only while it is still where it was backed up. */
async function refuseOtherCoding(dfs: WebHdfs, { tree, to, there, above }: HdfsRestorePlace): Promise<void> {
  if (tree.path === to) return;
  const before = await dfs.status(tree.path);
  const isCoded = (there ?? above).isErasureCoded;
  if (before === undefined || before.isErasureCoded === isCoded) return;
  const [coded, plain] = isCoded ? [to, tree.path] : [tree.path, to];
  throw new BackupError('precondition', `${coded} is erasure coded and ${plain} is not`, {
    hint: 'erasure-coded data goes only to a directory of the same policy, replicated data only to a replicated one',
  });
}
