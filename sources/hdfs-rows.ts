import { BackupError } from '../model/errors';
import { type HdfsRow, type HdfsSpec, isHdfsPath } from '../model/hdfs';
import { refuseMany, type Resolved, resolveRows, type RowMatches, rowText } from '../model/hdfs-rows';
import { openPattern } from '../model/name-pattern';
import { openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import { within } from './hdfs-names';
import type { HdfsSourceOptions } from './hdfs-refusals';

/** See `DataSource.resolve`. */
export async function resolve({ login }: HdfsSourceOptions, { hdfs, paths, rows = [] }: HdfsSpec): Promise<Resolved> {
  const dfs = openWebHdfs(hdfs.nameNodes, login);
  const matches: RowMatches[] = [];
  for (const row of rows) matches.push({ row, paths: await matchedBy(dfs, row) });
  return resolveRows(paths, matches);
}

/** Flat in memory, however many entries the parent has. */
async function matchedBy(dfs: WebHdfs, row: HdfsRow): Promise<readonly string[]> {
  const pattern = openPattern(row.matching);
  await requireParent(dfs, row);
  const found: string[] = [];
  for await (const { name, type } of dfs.list(row.under)) {
    // Among hidden ones are what cairn itself makes beside a directory that it restores, and recycle bins.
    if (type !== 'directory' || name.startsWith('.') || !pattern.matches(name)) continue;
    const path = within(row.under, name);
    if (!isHdfsPath(path)) throw unusable(path);
    found.push(path);
    refuseMany(found);
  }
  return found;
}

async function requireParent(dfs: WebHdfs, row: HdfsRow): Promise<void> {
  const type = (await dfs.status(row.under))?.type;
  if (type === 'directory') return;
  const what = type === undefined ? `HDFS has no directory ${row.under}` : `${row.under} is a ${type} of HDFS`;
  throw new BackupError('precondition', `${what}, where the row ${rowText(row)} looks`, {
    hint: 'make the directory, or correct `under` in the task',
  });
}

function unusable(path: string): BackupError {
  return new BackupError('invalid', `the name of ${JSON.stringify(path)} cannot be taken: people could misread it`, {
    hint: 'rename the directory, or make the expression narrower',
  });
}
