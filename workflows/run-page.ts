import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { PartResult, RunInput, RunProgress, StepProgress } from '../model/run';
import { bytesText, durationText } from '../model/text';
import { progressSignal, runProgressQuery } from './messages';
import { phaseAttribute } from './run-labels';

/** What people see of a run while it goes on: the query `progress`, the search attribute `Phase`, and the page in the UI. */
export interface RunPage {
  show(progress: StepProgress): void;
  done(parts: readonly PartResult[]): void;
}

export function openRunPage(run: RunInput): RunPage {
  const begin = Date.now();
  let progress: RunProgress = { ...identity(run), phase: 'checking', begin, parts: [] };

  const change = (next: RunProgress) => {
    if (next.phase !== progress.phase) upsertSearchAttributes(phaseAttribute(next.phase));
    progress = next;
    setCurrentDetails(pageOf(progress, Date.now()));
  };
  const show = (step: StepProgress) => change(withStep(progress, step, Date.now()));
  const done = (results: readonly PartResult[]) => change(results.reduce(withResult, { ...progress, phase: 'done' }));

  setHandler(runProgressQuery, () => progress, { description: 'Phase, sets, bytes and files of this run' });
  setHandler(progressSignal, show, { description: 'Sent by the steps of this run: how far they are' });
  setCurrentDetails(pageOf(progress, begin));
  return { show, done };
}

function identity({ kind, key, task, label, trigger }: RunInput) {
  return { kind, key, task, label, trigger };
}

function withStep(progress: RunProgress, step: StepProgress, now: number): RunProgress {
  const before = progress.parts.find((one) => same(one, step));
  const since = before?.phase === step.phase ? before.since : now;
  const others = progress.parts.filter((one) => !same(one, step));
  return { ...progress, phase: step.phase, parts: [...others, { ...step, since }] };
}

function withResult(progress: RunProgress, { source, part, outcome, bytes, files }: PartResult): RunProgress {
  const others = progress.parts.filter((one) => !same(one, { source, part }));
  const since = progress.begin;
  return { ...progress, parts: [...others, { source, part, outcome, bytes, files, phase: 'done', since }] };
}

function same(one: Pick<StepProgress, 'source' | 'part'>, other: Pick<StepProgress, 'source' | 'part'>): boolean {
  return one.source === other.source && one.part === other.part;
}

/** The page as Markdown; at most a few hundred bytes for each set. */
function pageOf(progress: RunProgress, now: number): string {
  const rows = progress.parts.map((part) => {
    const amount = part.totalBytes
      ? `${bytesText(part.bytes ?? 0)} of ${bytesText(part.totalBytes)}`
      : bytesText(part.bytes ?? 0);
    return `| ${part.source} ${part.part} | ${part.outcome ?? part.phase} | ${amount} | ${part.files ?? ''} | ${eta(part, now)} |`;
  });
  return [
    `**${progress.task}** · ${progress.kind} · label ${progress.label} · phase **${progress.phase}**`,
    '',
    '| set | phase | bytes | files | time left |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function eta(part: RunProgress['parts'][number], now: number): string {
  const { bytes = 0, totalBytes = 0, since } = part;
  if (part.outcome !== undefined || bytes === 0 || totalBytes <= bytes) return '';
  return durationText(((now - since) / bytes) * (totalBytes - bytes));
}
