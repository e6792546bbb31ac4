import type { BuiltSource } from './kinds';
import type { PartResult } from './run';

/** So long is what a cluster remembers of why a run failed, and of several parts all names and some of each reason fit in. */
const most = { characters: 170, ofNames: 100 };
const leastOfAReason = 30;

/** Service data makes one set, which has no name of its own. */
export function nameOfPart({ source, part }: Pick<PartResult, 'source' | 'part'>): string {
  return part === '' ? source : `${source} ${part}`;
}

/** Why a run failed: of several parts first their names, then each one's reason in short, then what to do. Undefined where none did. */
export function reasonOfFailed(parts: readonly PartResult[]): string | undefined {
  const failed = failedIn(parts);
  const [first, second] = failed;
  if (first === undefined) return undefined;
  if (second === undefined) return `${nameOfPart(first)}: ${first.reason}`;
  const names = namesOf(failed);
  if (failed.every(({ reason }) => reason === first.reason)) return `${names}: ${first.reason}`;
  const whys = failed.map(whyOf);
  const room = most.characters - names.length - ' failed'.length;
  const each = Math.max(leastOfAReason, Math.floor(room / failed.length) - '; '.length);
  const hints = [...new Set(whys.flatMap(({ hint }) => hint ?? []))];
  return [
    [`${names} failed`, ...whys.map(({ what }) => inShort(what, each))].join('; '),
    ...(hints.length === 0 ? [] : [`HINT: ${hints.join('; ')}`]),
  ].join(' ');
}

/** Each once, in their order. */
export function failedSources(parts: readonly PartResult[]): BuiltSource[] {
  return [...new Set(failedIn(parts).map(({ source }) => source))];
}

function failedIn(parts: readonly PartResult[]): PartResult[] {
  return parts.filter(({ outcome }) => outcome !== 'Successful');
}

/** As many as there is room for, and how many more there are. */
function namesOf(failed: readonly PartResult[]): string {
  const names = failed.map(nameOfPart);
  const fitting = names.filter((_, place) => names.slice(0, place + 1).join(', ').length <= most.ofNames);
  const left = names.length - fitting.length;
  return left === 0 ? names.join(', ') : `${fitting.join(', ')} and ${left} more`;
}

function whyOf(part: PartResult): { readonly what: string; readonly hint: string | undefined } {
  const [what, hint] = `${nameOfPart(part)}: ${part.reason}`.split(/\.? HINT: /, 2);
  return { what: what!, hint };
}

function inShort(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}
