import { BackupError } from '../model/errors';
import { sourceKinds, type SourceKind } from '../model/kinds';
import { labelPattern, type Label } from '../model/label';
import { clusterIdPattern, taskNamePattern } from '../model/names';
import { versionPattern, type Version } from '../model/version';

/**
 * Where things lie on a target; nothing else joins paths there. The product's names are kept (design §5):
 *
 *     [<root>/]<task>_<creation>/<version>_<writtenAs>_<label>.tar.gz            metadata: its archive
 *     [<root>/]<task>_<creation>/<version>_<writtenAs>_<label>.manifest.json
 *     [<root>/]<task>_<source>_<creation>/data/<n>                               service data on HDFS: the newest state
 *     [<root>/]<task>_<source>_<creation>/.cairn/manifest.json, index/<sha256>
 *     [<root>/]<task>_<source>_<creation>/.snapshot/<label>/                     both, as they were: the set
 *     [<root>/].cairn-check-<cluster>-<label>-<8 digits>/                        what a check of the target tries, while it goes on
 *
 * A set's name, which people type, is the path of its manifest without `.manifest.json`, or the folder of service data
 * and the label.
 */
export interface FolderParts {
  /** The cluster id where several clusters share a disk (localDir), else ''. */
  readonly root: string;
  readonly task: string;
  readonly creation: Label;
}

/** A set of metadata. */
export interface SetParts extends FolderParts {
  readonly version: Version;
  /** How the product writes the source: `NameNode`, `NameNode-ns2`. */
  readonly writtenAs: string;
  readonly label: Label;
}

export interface DataFolderParts extends FolderParts {
  /** A source of service data. */
  readonly source: SourceKind;
}

/** What the name of a set says. */
export type ParsedName =
  ({ readonly family: 'metadata' } & SetParts) | ({ readonly family: 'data'; readonly label: Label } & DataFolderParts);

export interface SetNames {
  /** The set's name. */
  readonly name: string;
  readonly archive: string;
  readonly manifest: string;
}

/** A set of service data on a target with snapshots: the names of its objects, of its trees and of its folder's snapshots. */
export interface DataNames {
  /** The set's name. */
  readonly name: string;
  readonly folder: string;
  readonly label: Label;
  /** The snapshot of the folder that is the set. */
  readonly snapshot: string;
  /** The snapshot of copied trees that are not compared yet. */
  readonly unfinished: string;
  /** The snapshot that becomes the set by getting its name. */
  readonly committing: string;
  /** In the set: there since the commit, never changed. */
  readonly manifest: string;
  index(sha256: string): string;
  /** In the folder as it is now, where the next set is made: the folder of the manifest and the index. */
  readonly written: string;
  readonly writtenManifest: string;
  writtenIndex(sha256: string): string;
  /** Of the folder's n-th source directory, for `snapshots.read`. */
  tree(number: number): string;
}

const archiveSuffix = '.tar.gz';
const manifestSuffix = '.manifest.json';
const writtenAsPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/;

/** Of a folder of service data: where the names of its index's segments are listed. */
export const indexFolder = '.cairn/index';

/** Of a folder of service data: the folder of all that is put there as objects. All else in it is copied trees. */
export function writtenFolder(folder: string): string {
  return `${folder}/.cairn`;
}

/** The folder of a task's metadata sets. `invalid` when a part is none that could be read back. */
export function setFolder({ root, task, creation }: FolderParts): string {
  const folder = `${root === '' ? '' : `${root}/`}${task}_${creation}`;
  const found = parseFolder(folder);
  if (found?.root === root && found.task === task && found.creation === creation) return folder;
  throw notAName(folder);
}

/** The folder of a task's sets of a source of service data. `invalid` when a part is none that could be read back. */
export function dataFolder({ root, task, creation, source }: DataFolderParts): string {
  const folder = `${root === '' ? '' : `${root}/`}${task}_${sourceKinds[source].label}_${creation}`;
  const found = parseDataFolder(folder);
  const isSame = found?.root === root && found.task === task && found.creation === creation && found.source === source;
  if (isSame) return folder;
  throw notAName(folder);
}

/** The names of a metadata set's objects. `invalid` when a part is none that could be read back. */
export function setNames(parts: SetParts): SetNames {
  return namesOf(`${setFolder(parts)}/${parts.version}_${parts.writtenAs}_${parts.label}`);
}

/** The name of a set of service data. `invalid` when the folder is none of service data or the label is none. */
export function dataSetName(folder: string, label: Label): string {
  return dataNames(`${folder}/${label}`).name;
}

/** The names of the objects of the metadata set with this name. `invalid` when it is no metadata set's name. */
export function namesOf(name: string): SetNames {
  if (parseSetName(name)?.family !== 'metadata') throw notAName(name);
  return { name, archive: name + archiveSuffix, manifest: name + manifestSuffix };
}

/** What belongs to the set of service data with this name. `invalid` when it is no such set's name. */
export function dataNames(name: string): DataNames {
  const parts = parseSetName(name);
  if (parts?.family !== 'data') throw notAName(name);
  const { label } = parts;
  const folder = folderOf(name);
  const frozen = `${folder}/.snapshot/${label}`;
  return {
    name,
    folder,
    label,
    snapshot: label,
    unfinished: `unfinished-${label}`,
    committing: `commit-${label}`,
    manifest: `${frozen}/.cairn/manifest.json`,
    index: (sha256) => `${frozen}/${indexFolder}/${sha256}`,
    written: writtenFolder(folder),
    writtenManifest: `${writtenFolder(folder)}/manifest.json`,
    writtenIndex: (sha256) => `${folder}/${indexFolder}/${sha256}`,
    tree: (number) => `data/${number}`,
  };
}

/** The manifest of the set with this name, of either family. `invalid` when it is no set's name. */
export function manifestOf(name: string): string {
  return familyOf(name) === 'metadata' ? namesOf(name).manifest : dataNames(name).manifest;
}

/** `invalid` when it is no set's name. */
export function familyOf(name: string): 'metadata' | 'data' {
  const parts = parseSetName(name);
  if (parts === undefined) throw notAName(name);
  return parts.family;
}

/** What a set's name says; undefined for any other name. */
export function parseSetName(name: string): ParsedName | undefined {
  const cut = name.lastIndexOf('/');
  const [folder, own] = [name.slice(0, Math.max(cut, 0)), name.slice(cut + 1)];
  return labelPattern.test(own) ? parseDataName(folder, own) : parseMetadataName(folder, own);
}

function parseMetadataName(folderName: string, own: string): ParsedName | undefined {
  const folder = parseFolder(folderName);
  const [version, writtenAs, label, ...rest] = own.split('_');
  if (folder === undefined || rest.length > 0) return undefined;
  if (!fits(version, versionPattern) || !fits(writtenAs, writtenAsPattern) || !fits(label, labelPattern)) {
    return undefined;
  }
  return { family: 'metadata', ...folder, version, writtenAs, label };
}

function parseDataName(folderName: string, label: Label): ParsedName | undefined {
  const folder = parseDataFolder(folderName);
  return folder && { family: 'data', ...folder, label };
}

/** The metadata set that this object is the manifest of; undefined for anything else. */
export function setOfManifest(objectName: string): string | undefined {
  return withoutSuffix(objectName, manifestSuffix);
}

/** The metadata set that this object is, or would have become, the archive of; undefined for anything else. */
export function setOfArchive(objectName: string): string | undefined {
  return withoutSuffix(objectName, archiveSuffix);
}

/**
 * Of a snapshot that makes no set: the label in its name. `unfinished-` and `commit-` hold the run's; one that is called as a
 * frozen view of the source, so that a copier finds what changed since, holds the view's.
 */
export function labelOfUnfinished(snapshot: string): Label | undefined {
  const found = /^(?:unfinished|commit)-(\d{14})$/.exec(snapshot) ?? viewPattern.exec(snapshot);
  return found?.[1];
}

/** True for the snapshot of a target that is called as a frozen view of the source. */
export function isViewName(snapshot: string): boolean {
  return viewPattern.test(snapshot);
}

const viewPattern = /^cairn_.+_\d{14}_(\d{14})(?:_own)?$/;

/** The folder that the set lies in. */
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}

/** What the name of a folder of service data says; undefined for any other name. */
export function parseDataFolder(folder: string): DataFolderParts | undefined {
  const { root, task: own, creation } = parseFolder(folder, /./) ?? {};
  if (root === undefined || own === undefined || creation === undefined) return undefined;
  const cut = own.lastIndexOf('_');
  const [task, source] = [own.slice(0, Math.max(cut, 0)), dataSources.get(own.slice(cut + 1))];
  return source !== undefined && taskNamePattern.test(task) ? { root, task, creation, source } : undefined;
}

/** By the product's label. HBase has metadata and service data under one label, so the others are left out. */
const dataSources: ReadonlyMap<string, SourceKind> = new Map(
  (Object.keys(sourceKinds) as SourceKind[])
    .filter((source) => sourceKinds[source].family === 'data')
    .map((source) => [sourceKinds[source].label, source]),
);

/** A task's name may hold `_` itself, so the creation is what follows the last one. */
function parseFolder(folder: string, ownPattern: RegExp = taskNamePattern): FolderParts | undefined {
  const slash = folder.lastIndexOf('/');
  const root = folder.slice(0, Math.max(slash, 0));
  const own = folder.slice(slash + 1);
  const [task, creation] = [own.slice(0, Math.max(own.lastIndexOf('_'), 0)), own.slice(own.lastIndexOf('_') + 1)];
  const rootFits = slash === -1 || clusterIdPattern.test(root);
  return rootFits && ownPattern.test(task) && labelPattern.test(creation) ? { root, task, creation } : undefined;
}

/** The folder that a check of a target may use, by the check's id. Its name can be no task's and no set's. */
export function scratchFolder({ root, cluster, check }: ScratchParts): string {
  const folder = `${root === '' ? '' : `${root}/`}.cairn-check-${cluster}-${check}`;
  if (parseScratch(folder)?.check === check) return folder;
  throw new BackupError('invalid', `${folder} cannot be the folder of a check`);
}

export interface ScratchParts {
  readonly root: string;
  readonly cluster: string;
  /** The check's id: a label and eight hexadecimal digits, `20260101000000-0123abcd`. */
  readonly check: string;
}

/** The folder of a check that this name lies in, or is; undefined for any other name. */
export function parseScratch(name: string): (ScratchParts & { readonly folder: string }) | undefined {
  const [, folder, root = '', cluster, check] = scratchPattern.exec(name) ?? [];
  if (folder === undefined || cluster === undefined || check === undefined) return undefined;
  return clusterIdPattern.test(cluster) ? { folder, root, cluster, check } : undefined;
}

const scratchPattern = /^((?:([A-Za-z0-9-]+)\/)?\.cairn-check-([A-Za-z0-9-]+)-(\d{14}-[0-9a-f]{8}))(?=\/|$)/;

/** What the name of a folder of a task's metadata sets says; undefined for any other name. */
export function parseSetFolder(folder: string): FolderParts | undefined {
  return parseFolder(folder);
}

function withoutSuffix(objectName: string, suffix: string): string | undefined {
  const name = objectName.slice(0, -suffix.length);
  return objectName.endsWith(suffix) && parseSetName(name)?.family === 'metadata' ? name : undefined;
}

function fits(text: string | undefined, pattern: RegExp): text is string {
  return text !== undefined && pattern.test(text);
}

function notAName(name: string): BackupError {
  const hint =
    'a set is called [<cluster>/]<task>_<creation>/<version>_<source>_<label> or ' +
    '[<cluster>/]<task>_<source>_<creation>/<label>; `cairn sets list` lists them';
  return new BackupError('invalid', `"${name}" is not the name of a set`, { name, hint });
}
