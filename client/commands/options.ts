import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { BackupError, messageOf } from '../../model/errors';
import { checkInput, parseYaml } from '../../model/input';
import { type TargetSpec } from '../../model/task';
import { targetSchema, type TaskFile, taskFileSchema } from '../../model/task-file';
import type { Io } from '../terminal/io';
import { fieldsInWord, refuseMereKind, targetWords } from './target-words';

/** Options that several commands share: `[flags, description]`. */
export const shared = {
  key: ['--key <key>', 'the same key gets the same answer, however often it is asked; default: a new one'],
  wait: ['--wait', 'until the run has ended; the exit code tells how'],
  target: [
    '--target <target>',
    `look there, at everything, also of other clusters: ${targetWords.join(', ')}, or a name from the targets of -f`,
  ],
  host: ['--host <host>', 'from this host; default: the first live one that reaches the target'],
  allHosts: ['--all-hosts', 'from each host that reaches the target, one after the other'],
  file: ['-f, --file <tasks.yaml>', 'the file whose targets --target names'],
} as const;

/** For options that may be given several times, or with several values. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number from 1 is allowed');
}

export function wholeNumberFrom0(text: string): number {
  return text === '0' ? 0 : wholeNumber(text);
}

/** `6h` or `1d`, as `period` of a task is written. */
export function period(text: string): { hours: number } | { days: number } {
  const [, count, unit] = /^(\d{1,6})([hd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('a number of hours or days is allowed, such as 6h or 1d');
  return unit === 'h' ? { hours: Number(count) } : { days: Number(count) };
}

/** Reads a file of tasks; `-` is standard input. */
export async function readTaskFile(io: Io, file: string): Promise<TaskFile> {
  const text = await (file === '-' ? io.readStdin() : readText(file));
  return parseYaml(taskFileSchema, text, file);
}

async function readText(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new BackupError('invalid', `${file} cannot be read (${messageOf(cause)})`, {}, { cause });
  });
}

export interface PlaceOptions {
  readonly target?: string;
  readonly file?: string;
}

/** The target that `--target` means: one that a word says, or a name from the file's targets. */
export async function targetNamed(io: Io, { target: name, file }: PlaceOptions): Promise<TargetSpec | undefined> {
  if (name === undefined) return undefined;
  const targets = file === undefined ? {} : (await readTaskFile(io, file)).targets;
  if (Object.hasOwn(targets, name)) return targets[name];
  if (name === 'localDir') return { kind: name };
  if (file === undefined) refuseMereKind(name, '--target');
  const fields = fieldsInWord(name, '--target');
  if (fields !== undefined) return checkInput(targetSchema, fields, `target ${JSON.stringify(name)}`);
  const known = ['localDir', ...Object.keys(targets), ...targetWords.slice(1)].join(', ');
  throw new BackupError('invalid', `there is no target ${JSON.stringify(name)}`, {
    hint: `possible are: ${known}; -f names a file whose targets have names`,
  });
}

export interface HostOptions {
  readonly host?: string;
  readonly allHosts?: boolean;
}

/** `invalid` where both a host and all of them are wanted. */
export function checkHostChoice({ host, allHosts }: HostOptions): void {
  if (host !== undefined && allHosts === true)
    throw new BackupError('invalid', '--host and --all-hosts exclude each other', { hint: 'give one of both' });
}
