import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { PartResult, RunInput, RunProgress, RunResult, StepProgress } from '../model/run';
import { sourcesOf } from '../model/task';
import { progressSignal, runProgressQuery } from './messages';
import { phaseAttribute } from './labels';
import { endedPage, runningPage } from './run-markdown';

/** What people see of a run while it goes on: the query `progress`, the search attribute `Phase`, and the page in the UI. */
export interface RunPage {
  /** A source's part has ended. */
  ended(results: readonly PartResult[]): void;
  done(result: RunResult): void;
}

export function openRunPage(run: RunInput): RunPage {
  const begin = Date.now();
  const sources = sourcesOf(run.spec);
  let progress: RunProgress = { ...identity(run), phase: 'checking', begin, parts: [] };

  const change = (next: RunProgress, page: string) => {
    if (next.phase !== progress.phase) upsertSearchAttributes(phaseAttribute(next.phase));
    progress = next;
    setCurrentDetails(page);
  };
  const show = (step: StepProgress) => {
    const next = withStep(progress, step, Date.now());
    change(next, runningPage(next, sources, Date.now()));
  };
  const ended = (results: readonly PartResult[]) => {
    const others = progress.parts.filter((one) => results.every((result) => result.source !== one.source));
    const next = results.reduce(withResult, { ...progress, parts: others });
    change(next, runningPage(next, sources, Date.now()));
  };
  const done = (result: RunResult) =>
    change(result.parts.reduce(withResult, { ...progress, phase: 'done' }), endedPage(result));

  setHandler(runProgressQuery, () => progress, {
    description: 'How far this run is: phase, and bytes and files of each set',
  });
  setHandler(progressSignal, show, {
    description: "How far a step of this run is; sent by cairn's workers, not by people",
  });
  setCurrentDetails(runningPage(progress, sources, begin));
  return { ended, done };
}

function identity({ kind, key, task, label, trigger }: RunInput) {
  return { kind, key, task, label, trigger };
}

function withStep(progress: RunProgress, step: StepProgress, now: number): RunProgress {
  const before = progress.parts.find((one) => same(one, step));
  const since = before?.phase === step.phase ? before.since : now;
  const others = progress.parts.filter((one) => !same(one, step));
  // What a step told may come after the end of its part.
  const outcome = before?.outcome && { outcome: before.outcome };
  return { ...progress, phase: step.phase, parts: [...others, { ...step, since, ...outcome }] };
}

function withResult(progress: RunProgress, { source, part, outcome, bytes, files }: PartResult): RunProgress {
  const others = progress.parts.filter((one) => !same(one, { source, part }));
  const since = progress.begin;
  return { ...progress, parts: [...others, { source, part, outcome, bytes, files, phase: 'done', since }] };
}

function same(one: Pick<StepProgress, 'source' | 'part'>, other: Pick<StepProgress, 'source' | 'part'>): boolean {
  return one.source === other.source && one.part === other.part;
}
