import type { z } from 'zod';
import { BackupError } from './errors';
import { harmless } from './text';
import { readYaml } from './yaml-text';

const shownProblems = 10;

/**
 * Parses a YAML file that came from outside and checks it by its schema.
 * Throws `invalid`; the message names for each wrong field its path, what was found and what is allowed.
 */
export function parseYaml<T extends z.ZodType>(schema: T, text: string, file: string): z.output<T> {
  return checkInput(schema, readYaml(text, file), file);
}

/** Checks a value that came from outside; like `parseYaml`. */
export function checkInput<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const strange = strangeIn(value);
  if (strange !== undefined) throw notRight(what, [strange]);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw notRight(
    what,
    result.error.issues.flatMap((issue) => problemsOf(issue, value)),
  );
}

function notRight(what: string, problems: readonly string[]): BackupError {
  const more = problems.length > shownProblems ? [`… and ${problems.length - shownProblems} more`] : [];
  return new BackupError(
    'invalid',
    `${what} is not right:\n${[...problems.slice(0, shownProblems), ...more].map((line) => `  ${line}`).join('\n')}\n`,
    {
      hint: 'docs/configuration.md describes every field; "cairn schema tasks" and "cairn schema worker" print JSON Schemas for your editor',
    },
  );
}

/** What no schema sees: a value that contains itself, and a field called __proto__, which would be dropped in silence. */
function strangeIn(
  value: unknown,
  path: readonly PropertyKey[] = [],
  around: readonly unknown[] = [],
): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (around.includes(value)) return `${pathText(path)}: found a value that contains itself; allowed: plain data`;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === '__proto__') return `${pathText(here)}: found this field; allowed: no field of this name`;
    const strange = strangeIn(inner, here, [...around, value]);
    if (strange !== undefined) return strange;
  }
  return undefined;
}

function problemsOf(issue: z.core.$ZodIssue, value: unknown): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `${pathText([...issue.path, key])}: found this field; allowed: no field of this name`,
    );
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = [...issue.errors].sort((one, other) => one.length - other.length)[0] ?? [];
    return nearest.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, value));
  }
  const found = isSecret(issue.path) ? 'something that is not shown' : foundText(at(value, issue.path));
  return [`${pathText(issue.path)}: found ${found}; allowed: ${allowedText(issue)}`];
}

/** Where the name of a secret's place belongs, people write the secret itself; the path of a webhook may be one. */
function isSecret(path: readonly PropertyKey[]): boolean {
  return path.some((key) => /secret|password|^url$/i.test(String(key)));
}

function allowedText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((one) => JSON.stringify(one)).join(', ');
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return firstLine(issue.message);
  }
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** What was found, short and harmless for a terminal. */
function foundText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = (typeof value === 'number' ? undefined : JSON.stringify(value)) ?? String(value);
  // What stands before the host of an address may be a password.
  const shown = harmless(text.replace(/\/\/[^/\s]*@/g, '//…@'));
  return shown.length > 80 ? `${harmless(shown.slice(0, 80))}…` : shown;
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the whole';
  return path
    .map((key, place) => (typeof key === 'number' ? `[${key}]` : `${place === 0 ? '' : '.'}${keyText(String(key))}`))
    .join('');
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]{1,64}$/.test(key) ? key : foundText(key);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
