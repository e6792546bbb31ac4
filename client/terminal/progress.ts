import { SingleBar } from 'cli-progress';
import { labelAt } from '../../model/label';
import type { Phase } from '../../model/run';
import { bytesText, durationText, harmless, labelText } from '../../model/text';
import type { WaitState } from '../wait-for';
import type { Io } from './io';
import { createPaceGauge, type Pace } from './pace';

/** Shows how a run goes on, until it is closed. */
export interface ProgressView {
  show(state: WaitState): void;
  close(): void;
}

/** A moving line for a person, a line now and then for a log, nothing beside JSON. */
export function openProgress(io: Io, isJson: boolean): ProgressView {
  if (isJson) return { show: () => undefined, close: () => undefined };
  return io.isTerminal ? openBar(io) : openLines(io);
}

/** A log gets a line when something changes, and every ten seconds. */
const lineEveryMs = 10_000;

function openLines({ stderr }: Io): ProgressView {
  const gauge = createPaceGauge();
  let last = { what: '', at: 0 };
  return {
    show(state) {
      const now = Date.now();
      const text = wordsOf(state, gauge, now);
      const what = state.state === 'running' ? phaseText(state.progress) : text;
      if (what === last.what && now - last.at < lineEveryMs) return;
      last = { what, at: now };
      stderr.write(`${text}\n`);
    },
    close: () => undefined,
  };
}

function openBar({ stderr }: Io): ProgressView {
  const gauge = createPaceGauge();
  const bar = new SingleBar({
    format: '{bar} {text}',
    stream: stderr,
    barsize: 20,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(1, 0, { text: '' });
  return {
    show(state) {
      const now = Date.now();
      bar.update(state.state === 'running' ? shareOf(gauge(state.progress, now)) : 0, {
        text: wordsOf(state, gauge, now),
      });
    },
    close: () => bar.stop(),
  };
}

function shareOf({ bytes, totalBytes }: Pace): number {
  return totalBytes === undefined || totalBytes === 0 ? 0 : Math.min(1, bytes / totalBytes);
}

type Running = Extract<WaitState, { state: 'running' }>;

/** The state in words: `nameNode hacluster uploading · 3.0 MiB of 8.0 MiB · 2 files · 1.0 MiB/s · 5 s left`. */
export function wordsOf(state: WaitState, gauge: ReturnType<typeof createPaceGauge>, now: number): string {
  if (state.state === 'waiting') return state.before === 0 ? 'about to start' : `waiting (${state.before} before it)`;
  if (state.state === 'awaitsApproval')
    return harmless(`awaits the approval of somebody else than ${state.by}, until ${labelText(labelAt(state.until))}`);
  if (state.state === 'cleaningUp') return 'it was ended from outside; what it left is removed';
  if (state.state === 'unanswered') return harmless(`no answer now: ${state.why}`);
  const { trouble } = state.progress;
  const failed = trouble === undefined ? [] : [`attempt ${trouble.attempt}, the last one failed: ${trouble.why}`];
  return harmless([phaseText(state.progress), ...paceTexts(gauge(state.progress, now)), ...failed].join(' · '));
}

function phaseText({ phase, parts }: Running['progress']): string {
  const going = parts.filter((part) => part.outcome === undefined).at(-1);
  const words = phaseWords[phase] ?? phase;
  return going === undefined ? words : [going.source, going.part, words].filter((word) => word !== '').join(' ');
}

/** Those that do not speak for themselves. */
const phaseWords: { readonly [phase in Phase]?: string } = {
  freezing: 'freezing: snapshots of the directories',
  listing: 'listing what is frozen',
  comparing: 'comparing what arrived',
  preparing: 'preparing the places, keeping what is there',
  adopting: 'adopting: putting it live',
  reverting: 'reverting: bringing the state before back',
};

function paceTexts({ bytes, totalBytes, files, totalFiles, bytesPerSecond, msLeft }: Pace): string[] {
  return [
    ...(bytes > 0
      ? [totalBytes === undefined ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(totalBytes)}`]
      : []),
    ...(files > 0 ? [filesText(files, totalFiles)] : []),
    ...(bytesPerSecond === undefined ? [] : [`${bytesText(Math.round(bytesPerSecond))}/s`]),
    ...(msLeft === undefined ? [] : [`${durationText(msLeft)} left`]),
  ];
}

function filesText(files: number, total: number | undefined): string {
  return total === undefined ? `${files} ${files === 1 ? 'file' : 'files'}` : `${files} of ${total} files`;
}
