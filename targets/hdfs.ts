import '../model/dispose';
import { dirname } from 'node:path/posix';
import type { Readable } from 'node:stream';
import { type Control, noControl } from '../model/control';
import { BackupError } from '../model/errors';
import { type HdfsPlace, isHdfsPath } from '../model/hdfs';
import { isSafeRelativeName } from '../model/names';
import type { BackupTarget, Body, Range, Stored, TargetTraits } from '../model/target';
import { type HdfsStore, openHdfsStore } from '../servers/hdfs-place';
import type { Login } from '../servers/login';
import { type HdfsEntry, openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import { isCutOff } from './cut-off';
import { hdfsError, isAbsent, onHdfs } from './hdfs-errors';
import { checkReadable, checkWritable, isFrozen, nameOf, pathOf } from './hdfs-names';
import { fillPart, newPart, type Part, publishPart } from './hdfs-part';
import { readObject } from './hdfs-read';
import { canBeJoined, fillSegments, joinSegments, type NamedBody } from './hdfs-segments';
import { foldersWithSnapshots, openHdfsSnapshots } from './hdfs-snapshots';
import { type Found, walk } from './hdfs-walk';
import { missing } from './object-errors';
import { isInPart } from './part-names';

const traits: TargetTraits = { atomicPut: true, snapshots: true, distCp: true, hostBound: false };

export interface HdfsTargetOptions extends HdfsPlace {
  readonly login: Login;
}

/**
 * A directory of HDFS: the cluster's own (`localHdfs`) or another one's (`remoteHdfs`). It is made when it is needed.
 *
 * Files have mode 600 and folders 700. Names may lead into snapshots (`<folder>/.snapshot/<name>/…`) where they are only
 * read. Symbolic links are neither followed nor listed. Beside the seam's kinds: `conflict` when a file stands where a
 * directory is needed, or a newer put of the same name took over; a NameNode in safe mode is `unavailable`.
 */
export function openHdfsTarget({ hdfs, path: base, login }: HdfsTargetOptions): BackupTarget {
  if (!isHdfsPath(base)) throw new BackupError('invalid', `${base} is no directory of HDFS that sets can lie in`);
  const connect = (signal?: AbortSignal) => openWebHdfs(hdfs.nameNodes, login, signal);
  const place: Place = { base, dfs: connect(), store: openHdfsStore(hdfs.nameNodes, login) };
  return {
    traits,
    put: (name, body, control = noControl()) => put(place, connect(control.signal), name, body, control),
    get: (name, range) => get(place, name, range),
    stat: (name) => stat(place, name),
    list: (prefix) => list(place, prefix),
    remove: (name) => remove(place, name),
    clean: (prefix) => clean(place, prefix),
    remains: (prefix) => remains(place, prefix),
    freeBytes: () => onHdfs('ask HDFS for its free space', place.store.freeBytes()),
    locate: (name) => ({ uri: `${hdfs.uri}${located(base, name)}` }),
    snapshots: openHdfsSnapshots({ ...place, removeEmptyFolders: (path) => removeEmptyFolders(place, path) }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

interface Place {
  /** The directory's path. */
  readonly base: string;
  readonly dfs: WebHdfs;
  readonly store: HdfsStore;
}

async function put(place: Place, dfs: WebHdfs, name: string, body: Body, control: Control): Promise<Stored> {
  checkWritable(name);
  const path = pathOf(place.base, name);
  const { id } = body;
  if (id !== undefined && (await canBeJoined(dfs, name, path, body))) {
    const stored = await putSegments(place, newPart(dfs, name, path, id), { ...body, id }, control);
    if (stored !== undefined) return stored;
  }
  return await putWhole(place, newPart(dfs, name, path), body, control);
}

async function putWhole(place: Place, part: Part, body: Body, control: Control): Promise<Stored> {
  try {
    const bytes = await fillPart(part, body, control);
    await publishPart(part, control);
    return { name: part.name, bytes };
  } catch (error) {
    // Not through the put's own connection: that one may have been stopped.
    await discard(place, part.path).catch(() => undefined);
    throw error;
  }
}

/** Undefined when HDFS refuses to join these segments, for what others did there. */
async function putSegments(place: Place, part: Part, body: NamedBody, control: Control): Promise<Stored | undefined> {
  try {
    const joined = await joinSegments(part, await fillSegments(part, body, control));
    if (joined === undefined) return undefined;
    await publishPart({ ...part, path: joined.path }, control);
    await place.dfs.remove(part.path).catch(() => undefined);
    return { name: part.name, bytes: joined.bytes };
  } catch (error) {
    if (!isCutOff(body, control, error)) await discard(place, part.path).catch(() => undefined);
    throw error;
  }
}

async function get(place: Place, name: string, range?: Range): Promise<Readable> {
  const entry = await fileAt(place, name);
  if (entry === undefined) throw missing(name);
  return await readObject(place.dfs, { name, path: pathOf(place.base, name), entry }, range);
}

async function stat(place: Place, name: string): Promise<Stored | undefined> {
  const file = await fileAt(place, name);
  return file && { name, bytes: file.bytes };
}

async function* list(place: Place, prefix: string): AsyncGenerator<Stored> {
  if (prefix !== '') checkReadable(prefix);
  const closed = await foldersWithSnapshots(place.dfs, place.base);
  if (!isFrozen(prefix) && liesIn(closed, prefix)) return;
  for await (const { kind, name, bytes } of walkBelow(place, prefix, closed)) {
    // Files that somebody else put there under a name that cairn would refuse are no objects.
    if (kind === 'file' && !isInPart(name) && isSafeRelativeName(name)) yield { name, bytes };
  }
}

async function remove(place: Place, name: string): Promise<void> {
  checkWritable(name);
  if ((await fileAt(place, name)) === undefined) return;
  await onHdfs(`remove ${name}`, discard(place, pathOf(place.base, name)));
}

/**
 * Empty folders go too: a put may have been killed between making one and its first file. But in folders that may have
 * snapshots, which are entered only where the prefix leads there, an empty one may be somebody's data.
 */
async function clean(place: Place, prefix: string): Promise<void> {
  if (prefix !== '') checkWritable(prefix);
  const { dfs, base, store } = place;
  const closed = await foldersWithSnapshots(dfs, base);
  const takesFolders = !liesIn(closed, prefix);
  for await (const found of walkBelow(place, prefix, closed)) {
    const doing = `clean ${found.name}`;
    if (isInPart(found.name)) await onHdfs(doing, dfs.remove(found.path));
    else if (found.kind === 'folder' && takesFolders) await onHdfs(doing, store.removeIfEmpty(found.path));
  }
  if (takesFolders) await onHdfs(`clean ${prefix}`, removeEmptyFolders(place, pathOf(base, prefix)));
}

/** Of each put one, though the part of a large one is a folder, which comes after the files that it holds. */
async function* remains(place: Place, prefix: string): AsyncGenerator<Stored> {
  if (prefix !== '') checkWritable(prefix);
  const closed = await foldersWithSnapshots(place.dfs, place.base);
  let held = 0;
  for await (const { kind, name, bytes } of walkBelow(place, prefix, closed)) {
    if (!isInPart(name)) continue;
    if (kind === 'file') held += bytes;
    if (isInPart(dirname(name))) continue;
    yield { name, bytes: held };
    held = 0;
  }
}

async function* walkBelow(place: Place, prefix: string, closed: readonly string[]): AsyncGenerator<Found> {
  if ((await statusAt(place, prefix))?.type !== 'directory') return;
  const leftOut = new Set(closed);
  yield* walk(place.dfs, pathOf(place.base, prefix), prefix, (name) => leftOut.has(name));
}

function liesIn(folders: readonly string[], name: string): boolean {
  return folders.some((folder) => name === folder || name.startsWith(`${folder}/`));
}

async function fileAt(place: Place, name: string): Promise<HdfsEntry | undefined> {
  checkReadable(name);
  const status = await statusAt(place, name);
  return status?.type === 'file' ? status : undefined;
}

async function statusAt({ base, dfs }: Place, name: string): Promise<HdfsEntry | undefined> {
  try {
    return await dfs.status(pathOf(base, name));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw hdfsError(`look at ${name === '' ? base : name}`, error);
  }
}

async function discard(place: Place, path: string): Promise<void> {
  await place.dfs.remove(path);
  await removeEmptyFolders(place, dirname(path));
}

/** Up to the first that still holds something or may have snapshots; never the target's own directory. */
async function removeEmptyFolders(place: Place, path: string): Promise<void> {
  if (nameOf(place.base, path) === undefined) return;
  if ((await place.dfs.status(path))?.isSnapshottable === true) return;
  if (await place.store.removeIfEmpty(path)) await removeEmptyFolders(place, dirname(path));
}

function located(base: string, name: string): string {
  if (name !== '') checkReadable(name);
  return pathOf(base, name);
}
