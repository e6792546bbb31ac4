import { incrementText } from '../model/policy';
import type { PartResult, RunIdentity, RunProgress, RunResult } from '../model/run';
import { bytesText, durationText, labelText } from '../model/text';
import { approvalText } from './labels';
import { code, cut, fitting, plain, table, unbroken } from './markdown';

/** Details have at most 20,000 bytes in the Temporal UI: so many are given to rows, and to what is said of them. */
const room = { rows: 8000, notes: 8000, reason: 1500 };

type PartProgress = RunProgress['parts'][number];

/** A run that goes on: the figures are those that its steps told last, so the time stands beside them. */
export function runningPage(run: RunProgress, sources: readonly string[], now: number): string {
  const heads = ['set', 'phase', 'done', 'files', 'time left'];
  const begun = run.parts.map((part) => progressRow(part, now));
  const ahead = sources.filter((source) => run.parts.every((part) => part.source !== source));
  return [
    titleOf(run),
    '',
    [`Phase **${run.phase}**`, ...totalOf(run, now), `${durationText(now - run.begin)} since the start`].join(' · '),
    '',
    ...table(heads, rowsThatFit([...begun, ...ahead.map((source) => [plain(source), 'waiting', '', '', ''])])),
    '',
    `As of ${timeText(now)}.`,
  ].join('\n');
}

/** A run that has ended: what was made, and what went wrong. */
export function endedPage(result: RunResult): string {
  const { outcome, reason, begin, end, parts, approval, overridden = [] } = result;
  const bytes = parts.reduce((all, part) => all + (part.outcome === 'Successful' ? part.bytes : 0), 0);
  return [
    titleOf(result),
    '',
    `**${outcome}** after ${durationText(end - begin)}${bytes === 0 ? '' : ` · ${bytesText(bytes)}`}`,
    ...(reason === undefined || parts.some((part) => part.reason !== undefined) ? [] : ['', reasonText(reason)]),
    '',
    ...(approval === undefined ? [] : [`${approvalText(approval)}.`, '']),
    ...(overridden.length === 0 ? [] : [...overriddenLines(overridden), '']),
    ...partsPage(parts),
  ].join('\n');
}

function overriddenLines(overridden: readonly string[]): string[] {
  const { lines, left } = fitting(
    overridden.map((text) => `- Overridden: ${plain(text)}`),
    room.reason,
  );
  return [...lines, ...(left === 0 ? [] : [`- … and ${left} more, in the result of this workflow`])];
}

/** What became of sets, as a table with the reasons below it. */
export function partsPage(parts: readonly PartResult[]): string[] {
  const heads = ['set', 'outcome', 'bytes', 'files', 'target'];
  const { lines: notes, left } = fitting(parts.flatMap(notesOf), room.notes);
  return [
    ...table(heads, rowsThatFit(parts.map(resultRow))),
    '',
    ...notes,
    ...(left === 0 ? [] : [`- … and ${left} more, in the result of this workflow`]),
  ];
}

function titleOf({ kind, task, label, trigger }: RunIdentity): string {
  const what = { backup: 'Backup', restoration: 'Restoration', cleanUp: 'Clean-up' }[kind];
  return `${what} **${plain(task)}** · label ${label} (${labelText(label)}) · ${trigger}`;
}

function totalOf({ parts }: RunProgress, now: number): string[] {
  const going = parts.filter((part) => part.outcome === undefined && part.totalBytes);
  const [done, total] = [sum(going, 'bytes'), sum(going, 'totalBytes')];
  if (total === 0) return [];
  const left = Math.max(0, ...going.map((part) => msLeft(part, now) ?? 0));
  const percent = Math.min(100, Math.floor((done / total) * 100));
  return [
    `${amountText(done, total)} (${percent} %)`,
    ...(left === 0 ? [] : [`about ${durationText(left)} left in this phase`]),
  ];
}

function progressRow(part: PartProgress, now: number): string[] {
  const { bytes, totalBytes, files, totalFiles } = part;
  const left = msLeft(part, now);
  return [
    setText(part),
    part.outcome ?? part.phase,
    bytes === undefined ? '' : amountText(bytes, totalBytes),
    files === undefined ? '' : totalFiles === undefined ? `${files}` : `${files} of ${totalFiles}`,
    left === undefined ? '' : unbroken(durationText(left)),
  ];
}

function resultRow({ outcome, bytes, files, target, ...set }: PartResult): string[] {
  const isMade = outcome === 'Successful';
  return [
    setText(set),
    isMade ? outcome : `**${outcome}**`,
    isMade ? unbroken(bytesText(bytes)) : '',
    isMade ? `${files}` : '',
    target?.kind ?? '',
  ];
}

function notesOf({ set, reason, buildsOn, notes = [], ...part }: PartResult): string[] {
  const items = [
    ...(reason === undefined ? [] : [reasonText(reason)]),
    ...(buildsOn === undefined ? [] : [`copied ${incrementText(buildsOn)}`]),
    ...notes.map((note) => plain(cut(note, room.reason))),
    ...(set === undefined ? [] : [`set ${code(set)}`]),
  ];
  return items.map((item) => `- ${setText(part)}: ${item}`);
}

/** Which set of the run: `nameNode hacluster`; of service data, which has one, only `hdfs`. */
function setText({ source, part }: Pick<PartResult, 'source' | 'part'>): string {
  return `${plain(source)} ${plain(part)}`.trim();
}

/** What went wrong, and what to do about it where the error says so. */
export function reasonText(reason: string): string {
  const [what = reason, hint] = cut(reason, room.reason).split(' HINT: ', 2);
  return hint === undefined ? plain(what) : `${plain(what)}. **What to do:** ${plain(hint)}`;
}

function rowsThatFit(rows: readonly (readonly string[])[]): (readonly string[])[] {
  const { lines, left } = fitting(
    rows.map((row) => row.join('\u2003 | ')),
    room.rows,
  );
  return [...rows.slice(0, lines.length), ...(left === 0 ? [] : [[`… and ${left} more`]])];
}

/** Where it must be broken, then before the `of`: the UI cuts off what is too wide. */
function amountText(bytes: number, total?: number): string {
  const amount = unbroken(bytesText(bytes));
  return total ? `${amount} of\u00a0${unbroken(bytesText(total))}` : amount;
}

function msLeft({ bytes = 0, totalBytes = 0, since, outcome }: PartProgress, now: number): number | undefined {
  if (outcome !== undefined || bytes === 0 || totalBytes <= bytes) return undefined;
  return ((now - since) / bytes) * (totalBytes - bytes);
}

function sum(parts: readonly PartProgress[], field: 'bytes' | 'totalBytes'): number {
  return parts.reduce((all, part) => all + (part[field] ?? 0), 0);
}

/** The time of day: `17:15:00 UTC`. */
export function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(11, 19)} UTC`;
}
