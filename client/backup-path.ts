import type { TargetSpec } from '../model/task';
import type { LocatedSet } from './find-sets';

const archive = '.tar.gz';

/** Of metadata the product's path is that of a file, which is one set; of service data that of a folder with several. */
export function isOneSet(path: string): boolean {
  return path.endsWith(archive);
}

/**
 * Whether a set lies at a path that the product shows (product facts §6): in this folder, or as this archive. What people
 * copy may begin with the path of the target or at its disk's root, and may leave out folders at its beginning.
 */
export function liesAt({ name, target }: Pick<LocatedSet, 'name' | 'target'>, path: string): boolean {
  const wanted = inner(path);
  const own = isOneSet(path) ? `${name}${archive}` : name.slice(0, name.lastIndexOf('/'));
  if (wanted === '' || !haveSameEnd(own, wanted)) return false;
  const before = inner(wanted.slice(0, Math.max(0, wanted.length - own.length)));
  return before === '' || haveSameEnd(before, pathOf(target));
}

/** Empty where it is known to the workers only. */
function pathOf(target: TargetSpec): string {
  return 'path' in target ? inner(target.path ?? '') : '';
}

function haveSameEnd(one: string, other: string): boolean {
  return `/${one}`.endsWith(`/${other}`) || `/${other}`.endsWith(`/${one}`) || other === '';
}

/** Without slashes at both ends. */
function inner(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
