import type { Control } from '../model/control';
import type { FreezeId, Frozen, FrozenTree } from '../model/data-source';
import type { HdfsRow, HdfsSpec } from '../model/hdfs';
import type { Label } from '../model/label';
import { openFiles } from '../servers/name-node-lists';
import { openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import { activeInfo } from './hdfs-active';
import { isNamed, parseView, viewName } from './hdfs-names';
import { type HdfsSourceOptions, maxSnapshots, refuseNoRoom } from './hdfs-refusals';
import { dropSnapshots, markedIn, namesIn, takeSnapshot } from './hdfs-snapshots';

/** See `DataSource.freeze`: a snapshot of each directory, under the id. */
export async function freeze(
  options: HdfsSourceOptions,
  spec: HdfsSpec,
  id: FreezeId,
  control: Control,
): Promise<Frozen> {
  const { nameService, uri } = spec.hdfs;
  const dfs = openWebHdfs(spec.hdfs.nameNodes, options.login, control.signal);
  const info = await activeInfo(spec.hdfs, options.login, control.signal);
  await refuseFull(dfs, options, spec.paths, viewName(id));
  const trees: FrozenTree[] = [];
  for (const path of spec.paths) {
    const snapshot = await takeSnapshot(dfs, path, viewName(id));
    trees.push({ path, location: { uri: `${uri}${path}/.snapshot/${snapshot}` } });
  }
  return {
    trees,
    componentVersion: info.softwareVersion,
    facts: {
      nameService,
      directories: trees.length,
      hdfsClusterId: info.clusterId,
      blockPoolId: info.blockPoolId,
    },
    notes: [
      ...(await notesOfOpenFiles(options, spec, control.signal)),
      ...(await notesOfErasureCoding(dfs, spec.paths)),
    ],
  };
}

/** Before the first snapshot is taken. One that an attempt before this one has taken already needs no further room. */
async function refuseFull(
  dfs: WebHdfs,
  options: HdfsSourceOptions,
  paths: readonly string[],
  name: string,
): Promise<void> {
  const directories = await dfs.snapshottableDirectories();
  for (const path of paths) {
    if ((await namesIn(dfs, path)).some((found) => isNamed(found, name))) continue;
    refuseNoRoom(path, directories, options.maxSnapshots ?? maxSnapshots);
  }
}

const mostNamed = 5;

/** A snapshot holds of a file that is being written what HDFS knew then: not a whole number of its records. */
async function notesOfOpenFiles(
  { login, command }: HdfsSourceOptions,
  { hdfs, paths }: HdfsSpec,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const access = { addresses: hdfs.nameNodes, login, signal, ...(command && { command }) };
  const open: string[] = [];
  for (const path of paths) {
    if (open.length <= mostNamed)
      open.push(...(await openFiles(access, path, mostNamed + 1 - open.length)).map((file) => file.path));
  }
  if (open.length === 0) return [];
  const named = open.slice(0, mostNamed).join(', ') + (open.length > mostNamed ? ' and more' : '');
  return [`open for writing, so their content may be incomplete: ${named}`];
}

/** The product restores erasure-coded data to directories of the same policy only (product facts §8). */
async function notesOfErasureCoding(dfs: WebHdfs, paths: readonly string[]): Promise<readonly string[]> {
  const coded: string[] = [];
  for (const path of paths) if ((await dfs.status(path))?.isErasureCoded) coded.push(path);
  const rest = coded.slice(mostNamed).length;
  return [
    ...coded
      .slice(0, mostNamed)
      .map((path) => `${path} is erasure coded: restore it to a directory of the same policy only`),
    ...(rest === 0 ? [] : [`${rest} more are erasure coded, too`]),
  ];
}

/** See `DataSource.standing`. */
export async function standing(
  options: HdfsSourceOptions,
  spec: HdfsSpec,
  id: FreezeId,
): Promise<readonly string[] | undefined> {
  const dfs = openWebHdfs(spec.hdfs.nameNodes, options.login);
  const found: string[] = [];
  for (const path of spec.paths) {
    const name = (await namesIn(dfs, path)).find((snapshot) => isNamed(snapshot, viewName(id)));
    if (name === undefined) return undefined;
    found.push(name);
  }
  return found;
}

/** See `DataSource.release`. */
export async function release(options: HdfsSourceOptions, spec: HdfsSpec, id: FreezeId): Promise<void> {
  const dfs = openWebHdfs(spec.hdfs.nameNodes, options.login);
  const name = viewName(id);
  const paths = new Set([...spec.paths, ...(await matchedBefore(dfs, spec, name))]);
  for (const path of paths) await dropSnapshots(dfs, path, (snapshot) => isNamed(snapshot, name));
}

/** Where the run may have frozen something, by whatever its rows had matched then: found by what it left. */
async function matchedBefore(dfs: WebHdfs, { rows }: HdfsSpec, name: string): Promise<readonly string[]> {
  if (rows === undefined) return [];
  const found = await markedUnder(dfs, rows);
  for (const { path } of await dfs.snapshottableDirectories())
    if ((await namesIn(dfs, path)).some((snapshot) => isNamed(snapshot, name))) found.push(path);
  return found;
}

async function markedUnder(dfs: WebHdfs, rows: readonly HdfsRow[]): Promise<string[]> {
  const found: string[] = [];
  for (const under of new Set(rows.map((row) => row.under))) found.push(...(await markedIn(dfs, under)));
  return found;
}

/**
 * See `DataSource.keepNewest`. A view is what one run froze, of all its directories: those that the task does not name
 * any more are in its older views, and go with them.
 */
export async function keepNewest(
  options: HdfsSourceOptions,
  spec: HdfsSpec,
  task: Pick<FreezeId, 'task' | 'creation'>,
  points: number,
  upTo?: Label,
): Promise<void> {
  const dfs = openWebHdfs(spec.hdfs.nameNodes, options.login);
  const allowed = (await dfs.snapshottableDirectories()).map(({ path }) => path);
  const labels = new Set<Label>();
  const found = new Set([...spec.paths, ...(await markedUnder(dfs, spec.rows ?? []))]);
  for (const path of allowed) {
    const names = await namesIn(dfs, path);
    const ofTask = names.map((name) => labelIn(name, task)).filter((label) => label !== undefined);
    ofTask.forEach((label) => labels.add(label));
    // One without any may be what a killed attempt has left allowed.
    if (ofTask.length > 0 || names.length === 0) found.add(path);
  }
  const ended = [...labels].filter((label) => upTo === undefined || label <= upTo).sort();
  const older = new Set(ended.slice(0, Math.max(0, ended.length - points)));
  for (const path of found) await dropSnapshots(dfs, path, (name) => older.has(labelIn(name, task) ?? ''));
}

/** Of a view of this task. */
function labelIn(snapshot: string, { task, creation }: Pick<FreezeId, 'task' | 'creation'>): Label | undefined {
  const view = parseView(snapshot);
  return view?.task === task && view.creation === creation ? view.label : undefined;
}
