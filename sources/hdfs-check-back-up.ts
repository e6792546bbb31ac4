import { BackupError } from '../model/errors';
import { type HdfsSpec, isWithin } from '../model/hdfs';
import type { Location } from '../model/target';
import { openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import { pathInSame } from './hdfs-active';
import { type HdfsSourceOptions, refuseEncrypted, refuseNested, zonesOf } from './hdfs-refusals';

/**
 * See `DataSource.checkBackUp`: throws for the first directory that cannot be backed up. Changes nothing. Whether there
 * is room for one more snapshot is asked by `freeze`, which knows its own.
 */
export async function checkBackUp(
  options: HdfsSourceOptions,
  spec: HdfsSpec,
  into: Location | undefined,
): Promise<void> {
  const dfs = openWebHdfs(spec.hdfs.nameNodes, options.login);
  for (const path of spec.paths) await refuseUnlessDirectory(dfs, path, spec);
  if (into !== undefined) await refuseTarget(spec, into, options);
  const zones = await zonesOf(spec.hdfs, options);
  const directories = await dfs.snapshottableDirectories();
  for (const path of spec.paths) {
    refuseEncrypted(path, zones);
    refuseNested(path, directories);
  }
}

async function refuseUnlessDirectory(dfs: WebHdfs, path: string, { rows }: HdfsSpec): Promise<void> {
  const found = await dfs.status(path);
  if (found === undefined) {
    const hint =
      rows === undefined
        ? "correct the task's paths"
        : "correct the task's paths; where a row had matched it, start the task again";
    throw new BackupError('missing', `HDFS has no directory ${path}`, { hint });
  }
  if (found.type === 'directory') return;
  throw new BackupError('invalid', `${path} is a ${found.type} of HDFS, not a directory`, {
    hint: 'name the directory that it lies in',
  });
}

/** Sets inside a source would be backed up into themselves; a source inside them would change what is committed. */
async function refuseTarget(spec: HdfsSpec, into: Location, { login, known = [] }: HdfsSourceOptions): Promise<void> {
  const target = await pathInSame(spec.hdfs, known, into.uri, login);
  if (target === undefined) return;
  for (const path of spec.paths) {
    if (isWithin(target, path)) throw inTheWay(`the target ${target} lies inside ${path}, which is backed up`);
    if (isWithin(path, target)) throw inTheWay(`${path}, which is backed up, lies inside the target ${target}`);
  }
}

function inTheWay(what: string): BackupError {
  return new BackupError('conflict', what, { hint: 'keep the sets elsewhere, or name directories beside them' });
}
