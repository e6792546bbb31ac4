import { userInfo } from 'node:os';
import { personPattern } from '../model/names';
import { checkName } from './names';

/**
 * Who asks: as given (`invalid` when nobody can be called so), else the operating system's user. Undefined where that one has
 * no name, as in some containers, or an impossible one. Nobody checks it: who may ask at all is up to Temporal.
 */
export function personNamed(given: string | undefined): string | undefined {
  if (given !== undefined) return checkName('person', given);
  const name = userName();
  return name !== undefined && personPattern.test(name) ? name : undefined;
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
