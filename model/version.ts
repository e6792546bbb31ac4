/** A product version such as `3.3.0` or `3.3.0-LTS.1`. */
export type Version = string;

export const versionPattern = /^\d{1,4}(\.\d{1,4}){1,3}(-[A-Za-z0-9.]{1,20})?$/;

/** True when `version` is `least` or later; suffixes such as `-LTS.1` do not count. */
export function atLeast(version: Version, least: Version): boolean {
  const [found, wanted] = [numbers(version), numbers(least)];
  for (let place = 0; place < Math.max(found.length, wanted.length); place += 1) {
    const difference = (found[place] ?? 0) - (wanted[place] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbers(version: Version): number[] {
  return version.split('-', 1)[0]!.split('.').map(Number);
}
