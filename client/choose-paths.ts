import { BackupError } from '../model/errors';
import { isHdfsPath, isWithin } from '../model/hdfs';
import { isDataKind } from '../model/kinds';
import type { ChosenSet } from '../model/task';
import { chosenSet } from './choose-sets';
import type { LocatedSet } from './find-sets';

/** A directory of a set that goes to another place than its own. */
export interface Elsewhere {
  readonly path: string;
  readonly to: string;
}

/** Of service data: which directories of a set are restored, and which of them to other places. */
export interface PathChoice {
  /** Default: all. */
  readonly paths?: readonly string[] | undefined;
  /** Default: each to its own place. */
  readonly elsewhere?: readonly Elsewhere[] | undefined;
}

/** What can be wrong with a choice whatever the set holds: `invalid`. */
export function checkPathChoice({ paths = [], elsewhere = [] }: PathChoice): void {
  [...paths, ...elsewhere.flatMap(({ path, to }) => [path, to])].forEach(refuseNoPath);
  for (const [place, { path, to }] of elsewhere.entries()) {
    const other = elsewhere.slice(place + 1).find((one) => one.path === path);
    if (other !== undefined)
      throw new BackupError('invalid', `${path} would go to two places, ${to} and ${other.to}`, {
        hint: 'name one of them; a second restoration task brings it to the other',
      });
  }
  const left = elsewhere.find(({ path }) => paths.length > 0 && !paths.includes(path));
  if (left !== undefined)
    throw new BackupError(
      'invalid',
      `${left.path} would go to ${left.to}, but is not among the directories to restore`,
      {
        hint: `add --path ${left.path}, or leave --path out`,
      },
    );
}

function refuseNoPath(path: string): void {
  if (isHdfsPath(path)) return;
  throw new BackupError('invalid', `${JSON.stringify(path)} is no directory of HDFS that can be restored`, {
    hint: 'name an absolute path without "..", ".snapshot" or a slash at its end, and not "/" itself',
  });
}

/** The set as a restoration task holds it, with the chosen directories. See `chosenSet` for what else it refuses. */
export function chosenWithPaths(set: LocatedSet, choice: PathChoice): ChosenSet {
  const chosen = chosenSet(set);
  if (choice.paths === undefined && choice.elsewhere === undefined) return chosen;
  if (!isDataKind(chosen.source)) throw wholeOnly(chosen);
  const paths = pathsOf(chosen.name, 'paths' in set ? set.paths : [], choice);
  return paths === undefined ? chosen : { ...chosen, paths };
}

function wholeOnly({ name, source }: ChosenSet): BackupError {
  return new BackupError('invalid', `set ${name} is of ${source}, which is restored as a whole`, {
    hint: 'directories are chosen of service data: "--source hdfs" takes only that of a run',
  });
}

/** In the order of the set; undefined when all go to their own places. */
function pathsOf(set: string, held: readonly string[] = [], { paths, elsewhere = [] }: PathChoice): ChosenSet['paths'] {
  const asked = [...(paths ?? []), ...elsewhere.map(({ path }) => path)];
  const unknown = asked.find((path) => !held.includes(path));
  if (unknown !== undefined)
    throw new BackupError('missing', `set ${set} does not hold ${unknown}`, { hint: `it holds ${held.join(', ')}` });
  const places = new Map(elsewhere.map(({ path, to }) => [path, to]));
  const chosen = held
    .filter((path) => paths === undefined || paths.includes(path))
    .map((path) => ({ path, to: places.get(path) ?? path }));
  refuseNested(chosen);
  return chosen.length === held.length && chosen.every(({ path, to }) => path === to) ? undefined : chosen;
}

function refuseNested(chosen: readonly Elsewhere[]): void {
  for (const [place, one] of chosen.entries()) {
    const other = chosen.slice(place + 1).find(({ to }) => isWithin(to, one.to) || isWithin(one.to, to));
    if (other === undefined) continue;
    throw new BackupError('invalid', `${one.path} and ${other.path} would go to ${one.to} and ${other.to}`, {
      hint: 'give each a place of its own, none inside another',
    });
  }
}
