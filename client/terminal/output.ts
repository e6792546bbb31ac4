import { BackupError, messageOf } from '../../model/errors';
import { harmless } from '../../model/text';
import type { Io } from './io';

/** Where a command's words go. With `--json`: one document on stdout; errors as a document on stderr; nothing else. */
export interface Output {
  readonly isJson: boolean;
  /** The command's result: as it is, or in lines for people. */
  show(value: unknown, lines: () => readonly string[]): void;
  /** A remark beside the result. */
  note(line: string): void;
  error(error: unknown): void;
}

export function openOutput({ stdout, stderr }: Io, isJson: boolean): Output {
  if (isJson)
    return {
      isJson,
      show: (value) => void stdout.write(`${jsonText(value)}\n`),
      note: () => undefined,
      error: (error) => void stderr.write(`${jsonText({ error: asData(error) })}\n`),
    };
  return {
    isJson,
    show: (_value, lines) => void stdout.write(textOf(lines())),
    note: (line) => void stderr.write(textOf([line])),
    error: (error) => void stderr.write(textOf([`cairn: ${wordsOf(error)}`])),
  };
}

/** Which refusal it is, a script could only guess from the message. */
function asData(error: unknown): { kind: string; refusal?: unknown; message: string } {
  const message = messageOf(error);
  if (!(error instanceof BackupError)) return { kind: 'unknown', message };
  const { refusal } = error.context;
  return { kind: error.kind, ...(refusal !== undefined && { refusal }), message };
}

/** What is no `BackupError` is a fault of cairn: its origin is worth a bug report. */
function wordsOf(error: unknown): string {
  if (error instanceof BackupError && error.context.hint !== undefined) return withHint(error.what, error.context.hint);
  if (error instanceof BackupError || !(error instanceof Error)) return messageOf(error).trimEnd();
  return `this is a fault of cairn: ${error.stack ?? error.message}`;
}

/** A list of problems is followed by its hint on a line of its own. */
function withHint(what: string, hint: string): string {
  return `${what.trimEnd()}${what.includes('\n') ? '\n' : ' '}HINT: ${hint}`;
}

function textOf(lines: readonly string[]): string {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => `${harmless(line).trimEnd()}\n`)
    .join('');
}

/** JSON that a terminal may show: JSON itself escapes only some of the characters that could mislead. */
export function jsonText(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    escaped,
  );
}
