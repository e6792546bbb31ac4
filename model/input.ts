import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { BackupError } from './errors';
import { harmless } from './text';

/** Larger files are not read: no sensible configuration comes near. */
const maxBytes = 1024 * 1024;
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
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, value));
  const more = problems.length > shownProblems ? [`… and ${problems.length - shownProblems} more`] : [];
  throw new BackupError(
    'invalid',
    `${what} is not right:\n${[...problems.slice(0, shownProblems), ...more].map((line) => `  ${line}`).join('\n')}\n`,
    {
      hint: 'docs/configuration.md describes every field; "cairn schema" prints the JSON Schema for your editor',
    },
  );
}

function readYaml(text: string, file: string): unknown {
  if (text.length > maxBytes)
    throw new BackupError('invalid', `${file} has ${text.length} characters, at most ${maxBytes} are read`);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw new BackupError('invalid', `${file}, line ${line}, column ${col}: ${firstLine(error.message)}`, {
      hint: 'it must be a YAML file',
    });
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new BackupError(
      'invalid',
      `${file}: ${firstLine(String(cause))}`,
      { hint: 'use fewer YAML aliases' },
      { cause },
    );
  }
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
  return [`${pathText(issue.path)}: found ${foundText(at(value, issue.path))}; allowed: ${allowedText(issue)}`];
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
  const text = JSON.stringify(value) ?? String(value);
  const shown = harmless(text);
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
