/** Wrong values and names for files that people write; seeded, so that a failure can be repeated. */

import { randomFrom } from '../kit/seed';

/** A whole number below the one given. */
export type Random = (below: number) => number;

/** The same numbers for a seed. */
export function wholeNumbersFrom(seed: number): Random {
  const random = randomFrom(seed);
  return (below) => Math.floor(random() * below);
}

export const hostileNames = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  '/absolute',
  'with/slash',
  'back\\slash',
  '-rf',
  '--help',
  'line\nbreak',
  'carriage\rreturn',
  'nul\0byte',
  'tab\tstop',
  'escape\u001b[31mred',
  'bidi\u202eevig',
  'line\u2028separator',
  'half\ud800surrogate',
  '\udc00',
  '__proto__',
  'x'.repeat(4096),
  'räksmörgås',
  'a b',
  ' a',
  'a ',
  '$(reboot)',
  '`reboot`',
  'a;reboot',
  '%2e%2e',
  '*',
  '"',
];

const values: readonly unknown[] = [
  ...hostileNames,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  {},
  [[]],
  [null],
  { a: 1 },
  '0x10',
  'null',
  new Date(0),
  'x'.repeat(100_000),
];

export interface Mutation {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
  /** One of these stands in a refusal that names the right place. */
  readonly names: readonly string[];
}

type Node = { [key: string]: unknown } | unknown[];

/** A copy in which one value is replaced, one field is missing, or one is too many. */
export function mutate(valid: unknown, random: Random): Mutation {
  const value = structuredClone(valid);
  const places = placesIn(value);
  const { node, key, path } = places[random(places.length)]!;
  const how = random(4);
  if (how === 0 && !Array.isArray(node)) {
    Reflect.deleteProperty(node, key);
    return { value, path, names: namesOf(path) };
  }
  if (how === 1 && !Array.isArray(node)) {
    const added = hostileNames[random(hostileNames.length)]!;
    Object.defineProperty(node, added, { value: 1, enumerable: true, configurable: true, writable: true });
    const around = path.slice(0, -1);
    return { value, path: [...around, added], names: [...namesOf([...around, added]), 'contains itself'] };
  }
  (node as Record<string | number, unknown>)[key] = values[random(values.length)];
  return { value, path, names: namesOf(path) };
}

/** The place itself, or what stands around it: a list that is too short is refused as the list. */
function namesOf(path: readonly (string | number)[]): string[] {
  const words = path.map((key, place) =>
    typeof key === 'number' ? `[${key}]` : `${place === 0 ? '' : '.'}${keyText(key)}`,
  );
  return [words.join(''), `${words.slice(0, -1).join('') || 'the whole'}: `];
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]{1,64}$/.test(key) ? key : plain(JSON.stringify(key)).slice(0, 60);
}

/** Only what every terminal shows: refusals show other characters as they see fit. */
export function plain(text: string): string {
  return text.replace(/[^ -~]/g, '');
}

interface Place {
  readonly node: Node;
  readonly key: string | number;
  readonly path: readonly (string | number)[];
}

function placesIn(node: unknown, path: readonly (string | number)[] = []): Place[] {
  if (typeof node !== 'object' || node === null) return [];
  const keys = Array.isArray(node) ? [...node.keys()] : Object.keys(node);
  return keys.flatMap((key) => {
    const here = [...path, key];
    return [
      { node: node as Node, key, path: here },
      ...placesIn((node as Record<string | number, unknown>)[key], here),
    ];
  });
}

const pieces = [
  '\t',
  '  ',
  '- ',
  '? ',
  ': ',
  '\n',
  '\r',
  '\0',
  '&a ',
  '*a',
  '!!str ',
  '<<: ',
  '|',
  '>',
  '"',
  "'",
  '#',
  '%',
  '@',
  '`',
  '{',
  '}',
  '[',
  ']',
  ',',
  '---\n',
  '...\n',
  '\u202e',
  '\ud800',
  '\ufeff',
  '\u001b[2J',
  '0x',
  '.inf',
  '~',
];

/** The text with a few pieces put in, cut out or doubled. */
export function textMutation(text: string, random: Random): string {
  let changed = text;
  for (let time = 0; time <= random(3); time += 1) {
    const at = random(changed.length + 1);
    const length = 1 + random(12);
    const piece = [
      pieces[random(pieces.length)]!,
      changed.slice(at, at + length).repeat(2),
      '',
      changed.slice(at + 1, at + 1 + length),
    ][random(4)]!;
    changed = changed.slice(0, at) + piece + changed.slice(at + length * random(2));
  }
  return changed;
}
