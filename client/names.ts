import { BackupError } from '../model/errors';
import { clusterIdPattern, keyPattern, personPattern, taskNamePattern } from '../model/names';

const names = {
  cluster: {
    pattern: clusterIdPattern,
    allowed: 'letters, digits and "-", beginning with a letter or digit, at most 32',
  },
  task: {
    pattern: taskNamePattern,
    allowed: 'letters, digits, "_" and "-", beginning with a letter or digit, at most 64',
  },
  person: { pattern: personPattern, allowed: 'letters, digits and "_.@+-\\", at most 64' },
  key: { pattern: keyPattern, allowed: 'letters, digits and "_.:-", beginning with a letter or digit, at most 100' },
} as const;

/** A name that a person typed, as it is; `invalid` when nothing can be called so. */
export function checkName(what: keyof typeof names, name: string): string {
  const { pattern, allowed } = names[what];
  if (pattern.test(name)) return name;
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
  throw new BackupError('invalid', `${shown} cannot be the name of a ${what}`, { hint: `allowed are ${allowed}` });
}
