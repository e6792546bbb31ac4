import { BackupError } from '../model/errors';
import { labelPattern, type Label } from '../model/label';
import { clusterIdPattern, taskNamePattern } from '../model/names';
import { versionPattern, type Version } from '../model/version';

/**
 * Where things lie on a target; nothing else joins paths there. The product's names are kept (design §5):
 *
 *     [<root>/]<task>_<creation>/<version>_<writtenAs>_<label>.tar.gz
 *     [<root>/]<task>_<creation>/<version>_<writtenAs>_<label>.manifest.json
 *
 * A set's name, which people type, is the path of its manifest without `.manifest.json`.
 */
export interface FolderParts {
  /** The cluster id where several clusters share a disk (localDir), else ''. */
  readonly root: string;
  readonly task: string;
  readonly creation: Label;
}

export interface SetParts extends FolderParts {
  readonly version: Version;
  /** How the product writes the source: `NameNode`, `NameNode-ns2`. */
  readonly writtenAs: string;
  readonly label: Label;
}

export interface SetNames {
  /** The set's name. */
  readonly name: string;
  readonly archive: string;
  readonly manifest: string;
}

const archiveSuffix = '.tar.gz';
const manifestSuffix = '.manifest.json';
const writtenAsPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/;

/** The folder of a task's metadata sets. `invalid` when a part is none that could be read back. */
export function setFolder({ root, task, creation }: FolderParts): string {
  const folder = `${root === '' ? '' : `${root}/`}${task}_${creation}`;
  const found = parseFolder(folder);
  if (found?.root === root && found.task === task && found.creation === creation) return folder;
  throw notAName(folder);
}

/** The names of a set's objects. `invalid` when a part is none that could be read back. */
export function setNames(parts: SetParts): SetNames {
  return namesOf(`${setFolder(parts)}/${parts.version}_${parts.writtenAs}_${parts.label}`);
}

/** The names of the objects of the set with this name. `invalid` when it is no set's name. */
export function namesOf(name: string): SetNames {
  if (parseSetName(name) === undefined) throw notAName(name);
  return { name, archive: name + archiveSuffix, manifest: name + manifestSuffix };
}

/** What a set's name says; undefined for any other name. */
export function parseSetName(name: string): SetParts | undefined {
  const cut = name.lastIndexOf('/');
  const folder = parseFolder(name.slice(0, Math.max(cut, 0)));
  const [version, writtenAs, label, ...rest] = name.slice(cut + 1).split('_');
  if (folder === undefined || rest.length > 0) return undefined;
  if (!fits(version, versionPattern) || !fits(writtenAs, writtenAsPattern) || !fits(label, labelPattern)) {
    return undefined;
  }
  return { ...folder, version, writtenAs, label };
}

/** True for the manifest of a set; false for foreign files, whatever they are called. */
export function isManifestName(objectName: string): boolean {
  return setOfManifest(objectName) !== undefined;
}

/** The set that this object is the manifest of; undefined for anything else. */
export function setOfManifest(objectName: string): string | undefined {
  return withoutSuffix(objectName, manifestSuffix);
}

/** The set that this object is, or would have become, the archive of; undefined for anything else. */
export function setOfArchive(objectName: string): string | undefined {
  return withoutSuffix(objectName, archiveSuffix);
}

/** The folder that the set lies in. */
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}

/** A task's name may hold `_` itself, so the creation is what follows the last one. */
function parseFolder(folder: string): FolderParts | undefined {
  const slash = folder.lastIndexOf('/');
  const root = folder.slice(0, Math.max(slash, 0));
  const own = folder.slice(slash + 1);
  const [task, creation] = [own.slice(0, Math.max(own.lastIndexOf('_'), 0)), own.slice(own.lastIndexOf('_') + 1)];
  const rootFits = slash === -1 || clusterIdPattern.test(root);
  return rootFits && taskNamePattern.test(task) && labelPattern.test(creation) ? { root, task, creation } : undefined;
}

function withoutSuffix(objectName: string, suffix: string): string | undefined {
  const name = objectName.slice(0, -suffix.length);
  return objectName.endsWith(suffix) && parseSetName(name) !== undefined ? name : undefined;
}

function fits(text: string | undefined, pattern: RegExp): text is string {
  return text !== undefined && pattern.test(text);
}

function notAName(name: string): BackupError {
  const hint = 'a set is called [<cluster>/]<task>_<creation>/<version>_<source>_<label>; `cairn sets` lists them';
  return new BackupError('invalid', `"${name}" is not the name of a set`, { name, hint });
}
